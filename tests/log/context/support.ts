/**
 * Records as the tests of the context look at them, each checked against the wire format.
 *
 * @module
 */
import { type LogRecord, logRecordSchema } from "../../../src/record/schema.ts";
import type { Trace } from "../../../src/record/trace.ts";
import type { World } from "../../sdk/support.ts";

/** A span as other libraries have one. */
export const SPAN: Trace = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };

function records(world: World): LogRecord[] {
  return world.lines().map((line) => logRecordSchema.parse(JSON.parse(line)));
}

/** Attributes of the records so far. */
export function attributes(world: World): unknown[] {
  return records(world).map((record) => record.attributes);
}

/** Ids of the records so far; `undefined` where there are none. */
export function ids(world: World): unknown[] {
  return records(world).map(({ traceId, spanId, traceFlags }) => {
    return traceId === undefined ? undefined : { traceId, spanId, traceFlags };
  });
}
