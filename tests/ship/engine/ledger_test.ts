// The account: every record in exactly one counter, at any moment.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Account, SinkLedger } from "../../../src/ship/engine/ledger.ts";

function isBalanced({ written, acked, deadLettered, shed, pending }: Account): boolean {
  return written === acked + deadLettered + shed + pending;
}

describe("the account of a sink", () => {
  it("holds while windows are on their way, and settled records alone go to a checkpoint", () => {
    const ledger = new SinkLedger();
    const [a, b] = [ledger.open(), ledger.open()];
    a.written = 10;
    b.written = 5;
    b.filtered = 2;
    assert.deepEqual([ledger.account.pending, isBalanced(ledger.account)], [15, true]);
    a.acked = 4;
    assert.deepEqual([ledger.account.pending, ledger.settled.acked, isBalanced(ledger.account)], [11, 0, true]);
    b.acked = 4;
    b.deadLettered = 1;
    ledger.commit(b);
    assert.deepEqual({ ...ledger.settled }, {
      written: 5,
      acked: 4,
      deadLettered: 1,
      shed: 0,
      filtered: 2,
      summarised: 0,
    });
    assert.deepEqual([ledger.account.pending, isBalanced(ledger.account)], [6, true]);
    ledger.shed(7);
    assert.deepEqual([ledger.account.shed, isBalanced(ledger.account)], [7, true]);
    ledger.discard(a);
    assert.deepEqual([ledger.account.pending, ledger.account.written, isBalanced(ledger.account)], [0, 12, true]);
  });

  it("refuses to end a window that has records pending, or twice", () => {
    const ledger = new SinkLedger();
    const tally = ledger.open();
    tally.written = 1;
    assert.throws(() => ledger.commit(tally), /1 records pending/);
    const other = ledger.open();
    ledger.commit(other);
    assert.throws(() => ledger.commit(other), /twice/);
  });

  it("goes on from a checkpoint, and takes nothing odd from it", () => {
    const odd = { written: 5, acked: -1, deadLettered: "2", shed: Number.NaN, filtered: 1.5, more: 1 };
    const { written, acked, deadLettered, shed, filtered } = new SinkLedger(odd).account;
    assert.deepEqual([written, acked, deadLettered, shed, filtered], [5, 0, 0, 0, 0]);
  });
});
