/**
 * Buffers that are used again: new memory for each takes as long as reading the file, for the system gives it page by page, and the engine gives up
 * those that live for a while in large collections of garbage only.
 *
 * @module
 */

/** Buffers have whole pages. */
const PAGE_BYTES = 4_096;
/** Buffers of these sizes are kept, in bytes: small ones would take the places of those that are worth it. */
const LEAST_BYTES = 32_768;
const MOST_BYTES = 262_144;
/** How many are kept. */
const MAX_FREE = 32;
const free: Uint8Array[] = [];

/**
 * A buffer that is free, or a new one.
 *
 * @param length How many bytes it has at least; what they are is left to chance.
 */
export function takeBuffer(length: number): Uint8Array {
  const place = free.findLastIndex((buffer) => buffer.length >= length);
  const [buffer] = place < 0 ? [] : free.splice(place, 1);
  return buffer ?? new Uint8Array(Math.ceil(length / PAGE_BYTES) * PAGE_BYTES);
}

/**
 * Gives a buffer back, once: nobody may have bytes of it any more.
 *
 * @param buffer The buffer, as it was taken.
 */
export function giveBuffer(buffer: Uint8Array): void {
  if (buffer.length < LEAST_BYTES || buffer.length > MOST_BYTES) return;
  if (free.length < MAX_FREE) free.push(buffer);
}
