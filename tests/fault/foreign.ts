/**
 * Files of others in an emit directory, which must be left alone whatever happens.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";

const FILES = [
  "app.log",
  "logs.jsonl.bak",
  "logs.jsonl.2024-01-01",
  "logs.jsonl.123456789012",
  "metrics.jsonl.old.gz",
  "logs.jsonl.123/inside",
  ".pontem/foreign",
] as const;

/** A link that has a rotated file's name. */
const LINK = "logs.jsonl.77.gz";

/**
 * Puts them there.
 *
 * @param dir The emit directory.
 */
export function putForeign(dir: string): void {
  mkdirSync(`${dir}/.pontem`, { recursive: true });
  mkdirSync(`${dir}/logs.jsonl.123`);
  for (const name of FILES) writeFileSync(`${dir}/${name}`, `${name} of another application`);
  symlinkSync("app.log", `${dir}/${LINK}`);
}

/**
 * Checks that they are as they were.
 *
 * @param dir The emit directory.
 * @param what Stands in the message of a failure.
 */
export function assertForeign(dir: string, what: string): void {
  for (const name of FILES) {
    assert.equal(readFileSync(`${dir}/${name}`, "utf8"), `${name} of another application`, what);
  }
  assert.ok(lstatSync(`${dir}/${LINK}`).isSymbolicLink(), what);
  assert.equal(readlinkSync(`${dir}/${LINK}`), "app.log", what);
}
