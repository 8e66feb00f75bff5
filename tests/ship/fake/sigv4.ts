/**
 * Checks signatures of AWS (Signature Version 4), written from AWS's description alone and with another cryptography than what signs.
 *
 * @module
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { FakeRequest } from "./server.ts";

/** What a signature says of itself. */
export interface Signature {
  /** Access key id. */
  readonly accessKeyId: string;
  /** Day, region, service and `aws4_request`. */
  readonly scope: readonly string[];
  /** Names of the headers that are signed. */
  readonly signedHeaders: readonly string[];
  /** Hexadecimal. */
  readonly signature: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/**
 * Takes an `Authorization` apart.
 *
 * @param authorization The header.
 * @returns What it says; `undefined` where it is none.
 */
export function readSignature(authorization: string): Signature | undefined {
  const [, accessKeyId = "", scope = "", headers = "", signature = ""] = AUTHORIZATION.exec(authorization) ?? [];
  if (signature === "") return undefined;
  return { accessKeyId, scope: scope.split("/"), signedHeaders: headers.split(";"), signature };
}

/**
 * Is a signature that of this request and key?
 *
 * @param request The request as it came over the wire.
 * @param signature The signature.
 * @param secretAccessKey The key.
 */
export function isSignatureOf(request: FakeRequest, signature: Signature, secretAccessKey: string): boolean {
  const { scope, signedHeaders } = signature;
  const canonical = [
    request.method,
    encodePath(request.path),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders.join(";"),
    createHash("sha256").update(request.raw).digest("hex"),
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    request.headers["x-amz-date"],
    scope.join("/"),
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const key = scope.reduce<Uint8Array | string>(
    (from, part) => createHmac("sha256", from).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const right = createHmac("sha256", key).update(text).digest();
  const given = Uint8Array.from(signature.signature.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  return given.length === right.length && timingSafeEqual(given, right);
}

function encodePath(path: string): string {
  return path.split("/").map(encode).join("/");
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
