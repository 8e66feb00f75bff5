/**
 * The line of a log record.
 *
 * @module
 */
import { MAX_RECORD_BYTES } from "./attributes.ts";
import { severityText } from "./level.ts";
import { utf8Length } from "./text.ts";
import { timestampText } from "./timestamp.ts";

/** Bytes of a line around its body, attributes, trace and resource: time, severity and the names of the fields. */
const FRAME_BYTES = 160;

/** `Z","severityNumber":9,"severityText":"INFO","body":` for each severity number. */
export const SEVERITY: readonly string[] = Array.from(
  { length: 25 },
  (_, n) => `Z","severityNumber":${n},"severityText":"${severityText(Math.max(1, n))}","body":`,
);

/** What a line is made of. */
export interface LineParts {
  /** Microseconds since the Unix epoch. */
  readonly timeUnixMicro: number;
  /** Severity number, 1 to 24. */
  readonly level: number;
  /** JSON text of the body. */
  readonly body: string;
  /** JSON text of the attributes. */
  readonly attributes: string;
  /** `,"traceId":...`, or empty. */
  readonly trace: string;
  /** JSON text of the resource. */
  readonly resource: string;
}

/**
 * Puts a line together.
 *
 * @param parts What it is made of.
 * @returns The line without a line feed.
 */
export function lineText({ timeUnixMicro, level, body, attributes, trace, resource }: LineParts): string {
  return `{"timestamp":"${timestampText(timeUnixMicro)}${
    SEVERITY[level]
  }${body},"attributes":${attributes}${trace},"resource":${resource}}`;
}

/**
 * Bytes that the attributes of a line may take, so that the line has no more than a record may.
 *
 * @param parts The other parts.
 */
export function attributesRoom({ body, trace, resource }: Pick<LineParts, "body" | "trace" | "resource">): number {
  return MAX_RECORD_BYTES - FRAME_BYTES - utf8Length(body) - trace.length - utf8Length(resource);
}
