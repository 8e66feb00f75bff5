/**
 * Base64 of bytes (RFC 4648, section 4) without a runtime's own helper: `Uint8Array.prototype.toBase64` is not everywhere yet.
 *
 * @module
 */

/** Bytes turned to text at once; more could overflow the argument list of `String.fromCharCode`. */
const CHUNK = 8190;

/**
 * Encodes bytes.
 *
 * @param bytes The bytes.
 * @returns Base64 with padding.
 */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += CHUNK) binary += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(binary);
}

/**
 * Decodes base64.
 *
 * @param text Base64 with padding.
 * @returns The bytes.
 * @throws {DOMException} When it is no base64.
 */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));
}
