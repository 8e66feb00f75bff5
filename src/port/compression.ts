/**
 * Compression in pieces small enough for the event loop. The core builds one gzip member out of raw deflate slices
 * (several members in one file break `DecompressionStream` on Deno and Node >= 24).
 *
 * @module
 */

/** The compression port. */
export interface Compression {
  /**
   * Compresses one slice to raw deflate, ended by a sync flush so that slices can be joined.
   *
   * @param part Bytes of the slice.
   * @param dictionary Up to 32 KiB that came before the slice; a runtime may ignore it (the output is right all the same, a little larger).
   * @returns The compressed bytes, without a final block.
   */
  deflateSlice(part: Uint8Array, dictionary: Uint8Array | undefined): Uint8Array;
  /**
   * CRC-32 (IEEE 802.3, as gzip has it) of `data`, continuing `seed`.
   *
   * @param seed Result for the bytes before, 0 at the start.
   */
  crc32(data: Uint8Array, seed: number): number;
  /** Unpacks a whole gzip file, of one or several members. Throws on bad or cut data. */
  gunzip(data: Uint8Array): Uint8Array;
  /**
   * Unpacks gzip of one or several members piece by piece. What decodes is given before bad or cut data throws; the smaller the pieces, the
   * more of it.
   *
   * @param chunks The compressed bytes.
   * @param pieceBytes Bytes of a piece of content, 131,072 unless given; larger ones are quicker.
   * @returns The content. A consumer may stop early.
   */
  gunzipChunks(
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    pieceBytes?: number,
  ): AsyncIterable<Uint8Array>;
  /**
   * Compresses to one gzip member.
   *
   * @param data What is compressed.
   * @param level From 1, the quickest, to 9.
   * @returns The member.
   */
  gzip(data: Uint8Array, level: number): Promise<Uint8Array>;
}
