/**
 * Loki's parser of pushes, as strict as the real one: what it stumbles on costs the whole request.
 *
 * @module
 */
import { inflateRawSync } from "node:zlib";
import type { FakeRequest } from "./server.ts";

/** An entry of a push. */
export interface PushedEntry {
  /** Nanoseconds since the Unix epoch. */
  readonly ns: bigint;
  /** Line. */
  readonly line: string;
  /** Structured metadata, names with underscores. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A stream of a push. */
export interface PushedStream {
  /** Labels, without empty ones. */
  readonly labels: Readonly<Record<string, string>>;
  /** Entries. */
  readonly entries: readonly PushedEntry[];
}

/** What the parser stumbled on; nothing is stored. */
export class ParseError extends Error {}

const VALUE_STRING = `unmarshalerDecoder: Value is string, but can't find closing '"' symbol`;
const VALUE_OTHER =
  "unmarshalerDecoder: Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol";
const STREAMS = "loghttp.PushRequest.Streams: []loghttp.LogProtoStream: ";
const INT64 = 2n ** 63n;

/**
 * Parses a push.
 *
 * @param request The request.
 * @returns Its streams.
 * @throws {ParseError} With Loki's text.
 */
export function parsePush(request: FakeRequest): PushedStream[] {
  const { headers } = request;
  if (!/^application\/json(?:;|$)/.test(headers["content-type"] ?? "")) throw new ParseError("snappy: corrupt input");
  const text = decode(request);
  if (text === "") throw new ParseError("EOF");
  const first = text.trimStart()[0] ?? "";
  if (first !== "{" && first !== "n") {
    throw new ParseError(`readObjectStart: expect { or n, but found ${first}${shown(text, first === "" ? 0 : 1)}`);
  }
  let push: unknown;
  try {
    push = JSON.parse(text);
  } catch {
    throw new ParseError(`${STREAMS}ReadArrayCB: expect ] in the end, but found ${shown(text, 10)}`);
  }
  const { streams = [] } = (push ?? {}) as { readonly streams?: readonly unknown[] };
  return streams.map((stream) => parseStream(stream, text));
}

function decode({ headers, body, text, gzipError }: FakeRequest): string {
  const encoding = headers["content-encoding"] ?? "";
  if (gzipError === "header") throw new ParseError("gzip: invalid header");
  if (gzipError === "cut") throw new ParseError(`${STREAMS}unexpected EOF`);
  if (encoding === "" || encoding === "gzip") return text;
  if (encoding !== "deflate") throw new ParseError(`Content-Encoding "${encoding}" not supported`);
  try {
    return new TextDecoder().decode(inflateRawSync(body));
  } catch {
    throw new ParseError("EOF");
  }
}

function parseStream(stream: unknown, text: string): PushedStream {
  const { stream: given = {}, values = [] } = stream as { stream?: Record<string, unknown>; values?: unknown[] };
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(given).sort(([a], [b]) => a < b ? -1 : 1)) {
    const at = /[^a-zA-Z0-9_]/.exec(name)?.[0] ?? (/^[0-9]/.test(name) || name === "" ? name.slice(0, 1) : undefined);
    if (at !== undefined) {
      throw new ParseError(`couldn't parse labels: 1:8: parse error: unexpected character inside braces: '${at}'`);
    }
    if (typeof value === "string" && !value.isWellFormed()) {
      throw new ParseError(STREAMS + VALUE_OTHER + shown(text, 10));
    }
    if (value !== "") labels[name] = String(value);
  }
  return { labels, entries: values.map((value) => parseEntry(value, text)) };
}

function parseEntry(value: unknown, text: string): PushedEntry {
  const fail = (what: string): never => {
    throw new ParseError(STREAMS + what + shown(text, 10));
  };
  const [time, line, metadata = {}] = value as unknown[];
  if (typeof time !== "string" || !/^-?[0-9]+$/.test(time)) return fail(VALUE_OTHER);
  const ns = BigInt(time);
  if (ns >= INT64 || ns < -INT64) return fail(VALUE_OTHER);
  if (typeof line !== "string") return fail(VALUE_STRING);
  const clean: Record<string, string> = {};
  for (const [name, one] of Object.entries(metadata as Record<string, unknown>)) {
    if (typeof one !== "string") return fail(VALUE_STRING);
    if (!one.isWellFormed() || !name.isWellFormed()) return fail(VALUE_OTHER);
    clean[name.replace(/[^a-zA-Z0-9_]/g, "_")] = one;
  }
  return line.isWellFormed() ? { ns, line, metadata: clean } : fail(VALUE_OTHER);
}

/** What Loki's parser shows of the place where it stopped; the real one shows that place. */
function shown(text: string, byte: number): string {
  return `, error found in #${byte} byte of ...|${text.slice(-10)}|..., bigger context ...|${text.slice(-50)}|...`;
}
