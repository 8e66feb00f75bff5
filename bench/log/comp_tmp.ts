import { LogCore } from "../../src/log/core.ts";
import { LogQueue } from "../../src/emit/queue.ts";
import { Ledger } from "../../src/emit/ledger.ts";
import { Clock } from "../../src/record/timestamp.ts";
import { Serializer } from "../../src/emit/serialize.ts";
import { Block } from "../../src/emit/block.ts";
import { detectRuntime } from "../../src/adapter/detect.ts";
const rt = detectRuntime();
const ledger = new Ledger();
const queue = new LogQueue({maxRecords: 10000, maxBytes: 8<<20, overflow: "drain"}, ledger);
queue.wakeAt = Infinity;
const core = new LogCore(queue, new Clock(rt.host), ledger);
const ser = new Serializer('{"service.name":"bench","service.version":"1.2.3","device.id":"edge-7"}');
const block = new Block();
function attributes(i: number) { return { frame: i, camera: `cam-${i & 7}`, score: i / 7, detected: (i & 1) === 0 }; }
let tp=0, ts=0, te=0, n=0, i=0;
const N = 400;
for (let r = 0; r < N; r++) {
  const a = performance.now();
  for (let k = 0; k < 1000; k++, i++) core.put(9, "frame processed", attributes(i), undefined);
  const b = performance.now();
  tp += b - a;
  while (queue.count) {
    const c = performance.now();
    ser.reset(); queue.serialize(ser);
    const d = performance.now();
    block.fill(ser.text, ser.records);
    const e = performance.now();
    ts += d - c; te += e - d; block.advance(block.end);
  }
  if (r === 99) { tp = ts = te = 0; }
}
const den = (N-100)*1000/1e6;
console.log("put", (tp/den).toFixed(0), "serialize", (ts/den).toFixed(0), "encode", (te/den).toFixed(0));
