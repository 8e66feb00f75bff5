// R19: thirty days without a receiver, in virtual time. The short form has a bound of 4 MB in memory, the long one of 1 GB on real files.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { MAX_ERROR_BYTES } from "../../src/ship/kept_errors.ts";
import { tempDir } from "../support/runtime.ts";
import { isSoak, keepFigures, SEED, sized } from "../support/soak.ts";
import { Device, heapBytes, HOUR_MS, STEP_MS } from "./outage_support.ts";

const DAYS = 30;
const CAP_BYTES = sized(4_000_000, 1_000_000_000);
/** The bound holds fifty files. */
const FILE_BYTES = CAP_BYTES / 50;
/** Half as much again as the bound holds, at 235 bytes a record. */
const PER_HOUR = sized(36, 9_000);
/** Watched second by second, in hours; the rest in steps. */
const CLOSE_HOURS = sized(1, 24);
/** A lane pauses for 450 s on average, three lanes make 24 requests an hour: half as many again is six times what they scatter by. */
const MOST_REQUESTS = 36;

const given = /^Files were given up for room/;

function account(device: Device) {
  const { written = 0, acked = 0, deadLettered = 0, shed = 0, pending = 0 } =
    device.shipper?.health().sinks[0]?.records ?? {};
  return { written, acked, deadLettered, shed, pending };
}

/** Every record of the service arrived once or was shed; every error arrived; the shipper's records tell how many were shed. */
function checkArrived(device: Device): void {
  const { written, acked, deadLettered, shed, pending } = account(device);
  assert.equal(pending, 0);
  assert.equal(deadLettered, 0);
  assert.equal(written, acked + shed);
  assert.equal(device.times.reduce((most, times) => Math.max(most, times), 0), 1, "arrived twice");
  assert.equal(device.arrived + shed, device.written, "arrived + shed = written");
  assert.equal(acked, device.arrived + device.own.length);
  const missing = [...device.writtenErrors].filter((i) => device.times[i] !== 1);
  assert.deepEqual(missing, [], "errors that did not arrive");
  const told = device.own.filter(({ body }) => given.test(body)).map(({ attributes }) =>
    (attributes["pontem.ship.records"] as { site: number }).site
  );
  assert.equal(told.reduce((sum, records) => sum + records, 0), shed, "what the shipper tells of what was shed");
}

describe("an outage of 30 days", () => {
  it("R19: stays within its bound, keeps the errors, and accounts for every record", async () => {
    const device = new Device({
      dir: isSoak ? tempDir() : "/device",
      fs: isSoak ? detectRuntime().fs : undefined,
      config: { caps: { maxBytes: CAP_BYTES, keepFreeBytes: 0 }, heartbeatMs: 6 * HOUR_MS },
      batchBytes: sized(4_000, 1_000_000),
      fileBytes: FILE_BYTES,
      seed: SEED,
    });
    const message = `seed ${SEED}`;
    await device.start();
    let mostBytes = 0;
    let heapBefore: number | undefined;
    for (let hour = 0; hour < DAYS * 24; hour++) {
      if (hour === 10 * 24) {
        await device.stop();
        await device.start();
      }
      if (hour === 20 * 24) {
        device.kill();
        await device.start();
      }
      const isClose = hour >= 15 * 24 && hour < 15 * 24 + CLOSE_HOURS;
      const [requests, bytes] = [device.requests.length, device.checkpointBytes];
      await device.pass(HOUR_MS, PER_HOUR, isClose);
      assert.ok(device.bytes <= CAP_BYTES + FILE_BYTES, `${message}: ${device.bytes} bytes on disk in hour ${hour}`);
      mostBytes = Math.max(mostBytes, device.bytes);
      const { written, acked, deadLettered, shed, pending } = account(device);
      assert.deepEqual([acked, deadLettered, written], [0, 0, shed + pending], message);
      if (isClose) {
        assert.ok(
          (device.checkpointBytes - bytes) * 24 <= 40_000_000,
          `${device.checkpointBytes - bytes} bytes an hour`,
        );
      }
      // After a start the pauses are short at first.
      if (hour % (10 * 24) < 2) continue;
      const sent = device.requests.length - requests;
      assert.ok(sent <= MOST_REQUESTS * 2, `${message}: ${sent} requests in hour ${hour}`);
      if (hour === 21 * 24) heapBefore = heapBytes();
    }
    const down = device.requests.length;
    assert.ok(down <= MOST_REQUESTS * DAYS * 24, `${message}: ${down} requests in all`);
    // The bound was reached long before, so there is nothing that may grow.
    const growth = (heapBytes() ?? 0) - (heapBefore ?? 0);
    assert.ok(growth <= 8_000_000, `${message}: the heap has grown by ${growth} bytes in nine days`);
    const { shed } = account(device);
    assert.ok(shed > device.written / 5, `${message}: only ${shed} were shed`);
    const outageBytes = device.checkpointBytes;

    // What hangs at the end would hang for its minute, whoever is back.
    device.refuses = true;
    await device.pass(STEP_MS, 0);
    device.isUp = true;
    await device.drain();
    checkArrived(device);
    const late = device.errors.at(-1)?.before ?? 0;
    // In the long form the receiver takes as fast as the errors are looked for; on a network they are found long before the rest is sent.
    assert.ok(
      late <= device.arrived * sized(0.25, 0.9),
      `${message}: an error came after ${late} of ${device.arrived} records`,
    );
    keepFigures("outage of 30 days", {
      seed: SEED,
      records: device.written,
      shed,
      errors: device.errors.length,
      mostBytes,
      requests: down,
      checkpointBytes: outageBytes,
      heapGrowth: growth,
      lastErrorAfter: late,
    });
    await device.stop();
    await device.pontem.shutdown();
  });

  it("the room that is to stay free stays free, whatever else takes it", async () => {
    const KEEP_FREE = 1_000_000;
    const device = new Device({
      dir: "/device",
      config: { caps: { keepFreeBytes: KEEP_FREE }, heartbeatMs: 0 },
      batchBytes: 4_000,
      fileBytes: 40_000,
      seed: SEED,
    });
    device.machine.disk.capacity = 3_000_000;
    await device.start();
    for (let hour = 0; hour < 24; hour++) {
      await device.pass(HOUR_MS, 960);
      assert.ok(
        device.machine.disk.free >= KEEP_FREE - 120_000,
        `${device.machine.disk.free} bytes free in hour ${hour}`,
      );
    }
    const { shed } = account(device);
    assert.ok(shed > 10_000, String(shed));
    // Where it cannot be told, nothing is given up.
    device.room = "unknown";
    device.machine.disk.capacity += 3_000_000;
    await device.pass(HOUR_MS, 960);
    assert.equal(account(device).shed, shed);
    // Something else fills the disk: what may go goes, what is being written and what is on its way stays.
    device.room = 0;
    for (let hour = 0; hour < 3; hour++) await device.pass(HOUR_MS, 960);
    const left = device.fs.list(device.logs).filter((name) => name.startsWith("logs.jsonl."));
    // The window of each lane covers a file, or some: one of errors those that lie between them.
    assert.ok(left.length <= 12, `${left.length} of about 65 files are left`);
    assert.ok(account(device).shed > shed);
    device.room = "true";
    device.isUp = true;
    await device.drain();
    checkArrived(device);
    await device.stop();
    await device.pontem.shutdown();
  });

  it("the next one has room for errors again: what was delivered of those that were kept goes", async () => {
    const device = new Device({
      dir: "/device",
      config: { caps: { maxBytes: 1_000_000, keepFreeBytes: 0 }, heartbeatMs: 0 },
      batchBytes: 1_000_000,
      fileBytes: 200_000,
      seed: SEED,
    });
    await device.start();
    for (let outage = 0; outage < 2; outage++) {
      device.isUp = false;
      for (let hour = 0; hour < 20; hour++) {
        device.log(65, 1, 8_000);
        await device.pass(HOUR_MS, 12);
      }
      const kept = device.fs.stat(`${device.state}/site/shed/logs.jsonl`)?.size ?? 0;
      assert.ok(kept > MAX_ERROR_BYTES / 2 && kept < MAX_ERROR_BYTES, `${kept} bytes are kept`);
      device.isUp = true;
      await device.drain();
      checkArrived(device);
    }
    assert.ok(device.writtenErrors.size >= 2_600);
    assert.equal(device.fs.stat(`${device.state}/site/shed/logs.jsonl`), undefined);
    await device.stop();
    await device.pontem.shutdown();
  });

  it("what somebody else removes before it was sent is told", async () => {
    const device = new Device({
      dir: "/device",
      config: { heartbeatMs: 0 },
      batchBytes: 4_000,
      fileBytes: 40_000,
      seed: SEED,
    });
    await device.start();
    await device.pass(HOUR_MS, 1_200);
    const names = device.fs.list(device.logs).filter((name) => name.startsWith("logs.jsonl.")).sort().slice(2);
    assert.ok(names.length > 2);
    for (const name of names) device.fs.remove(`${device.logs}/${name}`);
    await device.pass(HOUR_MS, 12);
    device.isUp = true;
    await device.drain();
    const told = device.own.filter(({ body }) => body.startsWith("Files are gone before")).map(({ attributes }) =>
      attributes["pontem.ship.files"]
    );
    assert.deepEqual(told, [names.length]);
    await device.stop();
    await device.pontem.shutdown();
  });
});
