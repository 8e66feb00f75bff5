/**
 * What every record of a logger carries: attributes that are turned to text once, so that they cost a call nothing but a look at one number.
 *
 * @module
 */

/** Attributes of a logger, ready to be spliced into a line. */
export interface Scope {
  /** `"key":value` pairs joined by commas, never empty. */
  readonly text: string;
  /** One bit for each bound key, see {@link keyBit}: a call whose keys hit none of them cannot override one. */
  readonly mask: number;
  /** The attributes themselves, for a call that does override one. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Bit of a key in {@link Scope.mask}: its length times five plus its first character, modulo 32. Cheap, and different for most keys.
 *
 * @param key Attribute key.
 * @returns A number with one bit set.
 */
export function keyBit(key: string): number {
  return 1 << ((key.length * 5 + key.charCodeAt(0)) & 31);
}
