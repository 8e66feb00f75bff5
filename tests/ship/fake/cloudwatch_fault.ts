/**
 * Errors as CloudWatch Logs tells them.
 *
 * @module
 */
import type { FakeAnswer } from "./server.ts";

/** An error. */
export interface AwsFault {
  /** `__type`. */
  readonly type: string;
  /** `message`. */
  readonly message: string;
}

/** Makes an error. */
export function fault(type: string, message: string): AwsFault {
  return { type, message };
}

/** The answer for an error. AWS says 400 for all that its caller did. */
export function faultAnswer({ type, message }: AwsFault, status = 400): FakeAnswer {
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ __type: type, message }),
  };
}
