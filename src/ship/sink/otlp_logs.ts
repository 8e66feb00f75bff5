/**
 * Log records as OTLP.
 *
 * @module
 */
import { isMap } from "../../record/json_map.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import { severityText } from "../../record/level.ts";
import { type AnyValue, anyValue, type KeyValue, keyValues } from "./otlp_value.ts";

/** A log record of OTLP. */
export interface OtlpLogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValue;
  readonly attributes: readonly KeyValue[];
  readonly traceId?: string;
  readonly spanId?: string;
  readonly flags?: number;
}

/** The name that tells records apart: others with the same are duplicates (OpenTelemetry semantic conventions, `log.record.uid`). */
const UID = "log.record.uid";
/** By how many seconds its time is later than it was written with, because the clock was wrong then; as the SDK tells of a step of the clock. */
const STEP = "pontem.clock.step_seconds";
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/i;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/i;
/**
 * A record as OTLP has it. The time of observation is the record's own: sent again, it is the same to the byte.
 *
 * @param record The record.
 * @returns The log record. What has no field there, such as keys of other loggers and ids of a wrong length, is among its attributes.
 * @throws {SyntaxError} When the line is no JSON.
 * @throws {RangeError} When a value of it is too deep.
 */
export function otlpLogRecord(record: StoredRecord): OtlpLogRecord {
  const { value, severityNumber, unixNano } = record;
  const { severityText: text, body } = value;
  const trace = traceOf(value);
  return {
    timeUnixNano: unixNano,
    observedTimeUnixNano: unixNano,
    ...(severityNumber === 0 ? {} : { severityNumber }),
    ...(typeof text === "string"
      ? { severityText: text.toWellFormed() }
      : severityNumber === 0
      ? {}
      : { severityText: severityText(severityNumber) }),
    ...(body === undefined ? {} : { body: anyValue(body) }),
    attributes: attributesOf(record, trace),
    ...trace,
  };
}

function attributesOf(record: StoredRecord, trace: Trace): KeyValue[] {
  const { value } = record;
  const attributes = keyValues(value["attributes"]);
  const others = Object.keys(value).filter((key) => !hasField(key, record, trace));
  const own: KeyValue[] = [{ key: UID, value: { stringValue: record.uid } }];
  if (record.stepMs !== 0) own.push({ key: STEP, value: { doubleValue: record.stepMs / 1_000 } });
  const isUsual = others.length === 0 && !attributes.some(({ key }) => own.some((each) => each.key === key));
  if (isUsual) return [...attributes, ...own];
  // A name may stand there once, and no other record may look like this one.
  const names = new Set(own.map(({ key }) => key));
  const unique = ({ key, value }: KeyValue): KeyValue => {
    let name = key;
    while (names.has(name)) name = `record.${name}`;
    names.add(name);
    return { key: name, value };
  };
  const more = others.map((key) => ({ key: key.toWellFormed(), value: anyValue(value[key]) }));
  return [...[...attributes, ...more].map(unique), ...own];
}

function hasField(key: string, { value, severityNumber }: StoredRecord, trace: Trace): boolean {
  switch (key) {
    case "timestamp":
    case "body":
      return true;
    case "attributes":
    case "resource":
      return isMap(value[key]);
    case "severityNumber":
      return value[key] === severityNumber;
    case "severityText":
      return typeof value[key] === "string";
    case "traceId":
    case "spanId":
      return trace[key] !== undefined;
    case "traceFlags":
      return trace.flags !== undefined;
    default:
      return false;
  }
}

type Trace = Pick<OtlpLogRecord, "traceId" | "spanId" | "flags">;

/** Ids of another length, and those of zeros alone, are refused with the whole request, or are none (W3C Trace Context). */
function traceOf(value: StoredRecord["value"]): Trace {
  const { traceId, spanId, traceFlags } = value;
  if (typeof traceId !== "string" || !TRACE_ID.test(traceId)) return {};
  const hasSpan = typeof spanId === "string" && SPAN_ID.test(spanId);
  const hasFlags = typeof traceFlags === "number" && Number.isInteger(traceFlags) && traceFlags >= 0 &&
    traceFlags <= 255;
  return { traceId, ...(hasSpan ? { spanId } : {}), ...(hasFlags ? { flags: traceFlags } : {}) };
}
