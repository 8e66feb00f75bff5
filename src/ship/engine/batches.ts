/**
 * Makes batches out of a window: by key, within the limits of the sink.
 *
 * @module
 */
import type { StoredRecord } from "../../read/stored_record.ts";
import type { Lane } from "../lane.ts";
import type { Batch, Sink } from "../sink/sink.ts";

interface Open {
  readonly records: StoredRecord[];
  bytes: number;
}

/**
 * Makes batches; the records of one key stay in their order. A record that is larger than the limit is a batch of its own: the receiver may
 * be asked, and it is a dead letter if it refuses.
 *
 * @param sink The sink.
 * @param records The records.
 * @param lane Their lane.
 * @returns The batches, in the order of their first records but for those of one key.
 */
export function makeBatches(sink: Sink, records: readonly StoredRecord[], lane: Lane): Batch[] {
  const { maxRecords, maxBytes } = sink.limits;
  const batches: Batch[] = [];
  const open = new Map<string, Open>();
  let last = "";
  let group: Open | undefined;
  for (const record of records) {
    const key = sink.key(record, lane);
    const size = sink.size(record);
    // Mostly that of the record before: then nothing is looked up.
    if (key !== last) group = open.get(key);
    last = key;
    if (group !== undefined && group.records.length < maxRecords && group.bytes + size <= maxBytes) {
      group.records.push(record);
      group.bytes += size;
      continue;
    }
    group = { records: [record], bytes: size };
    open.set(key, group);
    batches.push({ records: group.records, lane, key });
  }
  return batches;
}
