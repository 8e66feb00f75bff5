/**
 * Errors of AWS. The name of an error counts, not the status: AWS throttles with 400, too.
 *
 * @module
 */
import { parseMap } from "../../record/json_map.ts";
import type { SinkResponse } from "../exchange.ts";

/** The signature, its time or its credentials are refused, or they do not suffice. */
const REFUSED =
  /^(?:AccessDenied\w*|UnrecognizedClient\w*|InvalidSignature\w*|SignatureDoesNotMatch|ExpiredToken\w*|InvalidClientTokenId|IncompleteSignature\w*|MissingAuthentication\w*|RequestExpired|NotAuthorized)$/;
/** Nothing is wrong with the request: again, later. */
const PASSING =
  /^(?:Throttl\w*|TooManyRequests\w*|RequestThrottled\w*|LimitExceededException|OperationAbortedException|ServiceUnavailable\w*|RequestTimeout\w*|RequestExpired|Internal\w*|SlowDown)$/;

/**
 * The name of the error that an answer tells: `__type`, or the header, without what stands before a `#` and behind a `:`.
 *
 * @param response The answer.
 * @returns The name; `undefined` where it tells none, as answers of others do.
 */
export function awsErrorName(response: SinkResponse): string | undefined {
  const type = parseMap(response.body)?.["__type"] ?? response.header("x-amzn-errortype");
  if (typeof type !== "string") return undefined;
  return type.slice(type.indexOf("#") + 1).split(":")[0];
}

/**
 * Does an answer refuse who asks, or when?
 *
 * @param response The answer.
 */
export function refusesSignature(response: SinkResponse): boolean {
  const name = awsErrorName(response);
  return name === undefined ? response.status === 401 || response.status === 403 : REFUSED.test(name);
}

/**
 * Is an error one that passes by itself?
 *
 * @param name Its name.
 */
export function isPassing(name: string): boolean {
  return PASSING.test(name);
}
