/**
 * What a measured process asks about itself.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";

/** CPU time so far, user and system, all threads, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * The largest resident set so far, in MB. `maxRSS` of `getrusage` would do, but on Linux a process starts with its parent's, and a large
 * parent hides a small child.
 */
export function peakMb(): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kib !== undefined) return Number(kib) * 1_024 / 1e6;
  } catch {
    // No /proc here.
  }
  return process.resourceUsage().maxRSS * 1_024 / 1e6;
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The attributes of a record: four of them, all values varying. */
export function attributes(i: number): Record<string, unknown> {
  return { frame: i, camera: `cam-${i & 7}`, score: i / 7, detected: (i & 1) === 0 };
}

/** The three resource attributes that every record carries. */
export const RESOURCE: Readonly<Record<string, string>> = {
  "service.name": "bench",
  "service.version": "1.2.3",
  "device.id": "edge-7",
};
