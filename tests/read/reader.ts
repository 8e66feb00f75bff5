/**
 * A reader that keeps its place in files, and lines for it to read.
 *
 * @module
 */
import assert from "node:assert/strict";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { Follower, type FollowerOptions } from "../../src/read/follow.ts";
import type { FollowedFile } from "../../src/read/followed.ts";
import { type BadLine, isRecord, type StoredRecord } from "../../src/read/stored_record.ts";

const runtime = detectRuntime();

/** Reads like a shipper that keeps its place by the id of the file. */
export class Reader {
  readonly sources: readonly string[];
  follower: Follower;
  readonly records: StoredRecord[] = [];
  readonly bad: BadLine[] = [];
  readonly messages: string[] = [];
  readonly #places: Map<string, number> = new Map();
  readonly #done: Set<string> = new Set();

  constructor(...sources: string[]) {
    this.sources = sources;
    this.follower = this.#make();
  }

  #make(more: Partial<FollowerOptions> = {}): Follower {
    return new Follower({ runtime, sources: this.sources, report: (message) => this.messages.push(message), ...more });
  }

  /** Another process, with the places of this one. */
  restart(): void {
    this.follower = this.#make({ known: new Set([...this.#places.keys(), ...this.#done]) });
  }

  async read(): Promise<readonly FollowedFile[]> {
    const files = await this.follower.look();
    for (const file of files) {
      const { id } = file.identity;
      if (this.#done.has(id)) continue;
      const cursor = this.follower.openCursor(file, this.#places.get(id) ?? 0);
      for (let state = "more"; state === "more";) {
        const chunk = await cursor.next(10_000);
        state = chunk.state;
        for (const item of chunk.items) isRecord(item) ? this.records.push(item) : this.bad.push(item);
        this.#places.set(id, chunk.end);
        if (state === "complete") this.#done.add(id);
      }
      cursor.close();
    }
    return files;
  }

  uids(): string[] {
    return this.records.map(({ uid }) => uid);
  }

  numbers(): unknown[] {
    return this.records.map(({ value }) => (value["attributes"] as Record<string, unknown> | undefined)?.["i"]);
  }

  assertOnce(count: number): void {
    assert.equal(new Set(this.uids()).size, this.records.length, "a record came twice");
    assert.deepEqual(this.numbers().map(Number).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
  }
}

/** A line of ours with a number. */
export function line(i: number, start = "2026-01-01T00:00:00"): string {
  return JSON.stringify({
    timestamp: `${start}.${String(i).padStart(6, "0")}Z`,
    severityNumber: 9,
    severityText: "INFO",
    body: "x",
    attributes: { i },
    resource: { "service.name": "svc" },
  }) + "\n";
}

/** Lines of ours with numbers from one to before another. */
export function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => line(from + i)).join("");
}
