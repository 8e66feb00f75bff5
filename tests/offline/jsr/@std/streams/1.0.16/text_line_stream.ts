/**
 * Splits a stream of text into lines.
 *
 * @module
 */

/** Options for {@linkcode TextLineStream}. */
export interface TextLineStreamOptions {
  /**
   * Whether a lone `\r` ends a line too.
   *
   * @default {false}
   */
  allowCR?: boolean;
}

/** Makes of a stream of text one chunk per line, be the lines ended by `\n` or `\r\n`; the ends are left out. */
export class TextLineStream extends TransformStream<string, string> {
  /**
   * Makes a stream that splits what is written to it.
   *
   * @param options What ends a line.
   */
  constructor(options: TextLineStreamOptions = {}) {
    const end = options.allowCR ? /\r\n|\n|\r(?!$)/g : /\r?\n/g;
    // The tail of an unfinished line is kept in pieces and joined once: a long line in small chunks stays linear.
    let held: string[] = [];
    super({
      transform(chunk, controller): void {
        const text = held.at(-1)?.endsWith("\r") ? held.pop() + chunk : chunk;
        let start = 0;
        for (const match of text.matchAll(end)) {
          held.push(text.slice(start, match.index));
          controller.enqueue(held.join(""));
          held = [];
          start = match.index + match[0].length;
        }
        if (start < text.length) held.push(text.slice(start));
      },
      flush(controller): void {
        const last = held.join("");
        const line = options.allowCR && last.endsWith("\r") ? last.slice(0, -1) : last;
        if (last !== "") controller.enqueue(line);
      },
    });
  }
}
