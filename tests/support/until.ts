import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

/** How long {@linkcode until} waits, in milliseconds: more than anything takes on a machine that does other work. */
const PATIENCE_MS = 30_000;

/**
 * Waits until something outside the test's hands has come true: another process's, a kernel's, a socket's.
 *
 * @param isTrue What is asked every 20 milliseconds.
 * @throws {AssertionError} It has not come true within 30 seconds.
 */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await isTrue());) {
    assert.ok(Date.now() < end, `not true within ${PATIENCE_MS} ms: ${isTrue}`);
    await wait(20);
  }
}
