/**
 * What CloudWatch Logs checks of a request before it looks for the group: the API reference of PutLogEvents, CreateLogGroup,
 * CreateLogStream and PutRetentionPolicy.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type AwsFault, fault } from "./cloudwatch_fault.ts";

/** An event. */
export interface FakeEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Bytes of a request of PutLogEvents. */
export const MAX_BYTES = 1_048_576;
const EVENT_BYTES = 26;
const MAX_EVENTS = 10_000;
const GROUP = /^[.\-_/#A-Za-z0-9]+$/;
const STREAM = /^[^:*]*$/;
const RETENTION = new Set([
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
]);

/** Checks the name of a group. */
export function checkGroup(name: unknown): AwsFault | undefined {
  if (typeof name === "string" && name.startsWith("aws/")) {
    return invalid("Log groups starting with AWS/ are reserved for AWS.");
  }
  return checkName(name, "logGroupName", GROUP);
}

/** Checks the name of a stream. */
export function checkStream(name: unknown): AwsFault | undefined {
  return checkName(name, "logStreamName", STREAM);
}

/** Checks days of retention. */
export function checkRetention(days: unknown): AwsFault | undefined {
  if (typeof days === "number" && RETENTION.has(days)) return undefined;
  return constraint(String(days), "retentionInDays", "Member must be one of the values that are allowed");
}

/**
 * Checks events.
 *
 * @param events What came as `logEvents`.
 * @returns What is wrong, or the events.
 */
export function checkEvents(events: unknown): AwsFault | readonly FakeEvent[] {
  if (!Array.isArray(events)) return constraint("null", "logEvents", "Member must not be null");
  if (events.length === 0) return constraint("[]", "logEvents", "Member must have length greater than or equal to 1");
  if (events.length > MAX_EVENTS) {
    return constraint("[...]", "logEvents", `Member must have length less than or equal to ${MAX_EVENTS}`);
  }
  const checked: FakeEvent[] = [];
  let bytes = 0;
  for (const [place, event] of events.entries()) {
    const { timestamp, message } = event as Record<string, unknown>;
    if (!Number.isSafeInteger(timestamp) || typeof message !== "string") {
      return fault("SerializationException", "An event is not what it must be");
    }
    const where = `logEvents.${place + 1}.member`;
    if (Number(timestamp) < 0) return constraint(String(timestamp), `${where}.timestamp`, "Member must be positive");
    if (message === "") return constraint("", `${where}.message`, "Member must have length greater than or equal to 1");
    bytes += Buffer.byteLength(message) + EVENT_BYTES;
    checked.push({ timestamp: Number(timestamp), message });
  }
  if (bytes > MAX_BYTES) return invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BYTES}`);
  return checked;
}

/** Checks the order of events, and how far they are apart. */
export function checkTimes(events: readonly FakeEvent[]): AwsFault | undefined {
  if (events.some(({ timestamp }, place) => timestamp < (events[place - 1]?.timestamp ?? 0))) {
    return invalid("Log events in a single PutLogEvents request must be in chronological order.");
  }
  return undefined;
}

/** Checks how far the events that are taken are apart. */
export function checkSpan(events: readonly FakeEvent[]): AwsFault | undefined {
  const spanMs = (events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0);
  if (spanMs <= 86_400_000) return undefined;
  return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
}

function checkName(name: unknown, field: string, pattern: RegExp): AwsFault | undefined {
  if (typeof name !== "string") return constraint("null", field, "Member must not be null");
  if (name.length < 1 || name.length > 512) {
    return constraint(name, field, "Member must have length between 1 and 512");
  }
  if (pattern.test(name)) return undefined;
  return constraint(name, field, `Member must satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`);
}

function constraint(value: string, field: string, what: string): AwsFault {
  return invalid(`1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${what}`);
}

function invalid(message: string): AwsFault {
  return fault("InvalidParameterException", message);
}
