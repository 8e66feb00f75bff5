/**
 * Cutting text where a receiver has a limit of bytes.
 *
 * @module
 */

/** A character takes so many bytes at most for each of its UTF-16 units. */
const BYTES_PER_UNIT = 3;

/**
 * The start of a text.
 *
 * @param text Well-formed text.
 * @param maxBytes Bytes that it may take as UTF-8.
 * @returns The text, or as many of its characters as fit; no character is cut.
 */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * BYTES_PER_UNIT <= maxBytes) return text;
  // encodeInto stops at the last whole character that fits.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(maxBytes, 0)));
  return read === text.length ? text : text.slice(0, read);
}
