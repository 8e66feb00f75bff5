import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Frame, MAX_JOINED, MAX_UNDOS } from "../../../src/log/context/frame.ts";
import { makeScope, type Scope } from "../../../src/record/scope.ts";
import { createPontem } from "../../../src/sdk.ts";

describe("a frame", () => {
  it("without anything leaves the scope of a logger as it is", () => {
    const own = makeScope({ a: 1 });
    assert.equal(new Frame().join(own, ""), own);
    assert.equal(new Frame().join(undefined, ""), undefined);
  });

  it("puts scopes together once for each logger, and forgets beyond 64 of them", () => {
    const frame = new Frame(makeScope({ id: 1 }));
    const loggers = Array.from({ length: MAX_JOINED + 1 }, (_, n) => makeScope({ n }));
    const joined = loggers.map((own) => frame.join(own, ""));
    assert.deepEqual(joined.map((scope) => scope?.attributes["n"]), [...loggers.keys()]);
    const [first] = loggers;
    const last = loggers[MAX_JOINED];
    assert.equal(frame.join(last, ""), joined[MAX_JOINED], "remembered");
    assert.notEqual(frame.join(first, ""), joined[0], "forgotten, and made again");
    assert.deepEqual(frame.join(first, ""), joined[0]);
  });

  it("is right whatever bits the keys share", () => {
    const frame = new Frame(makeScope({ "logger.name": "context", "logger.nom_": 1, a: 1 }));
    const join = (own: Scope): string | undefined => frame.join(own, "")?.text;
    assert.equal(join(makeScope({ "logger.name": "own" })), '"logger.nom_":1,"a":1,"logger.name":"own"');
    assert.equal(
      join(makeScope({ "logger.nam_": 2 })),
      '"logger.name":"context","logger.nom_":1,"a":1,"logger.nam_":2',
    );
    assert.equal(
      join(makeScope({ a: 2, "logger.nom_": 2, "logger.name": 2 })),
      '"a":2,"logger.nom_":2,"logger.name":2',
    );
  });

  it("remembers 256 bindings that may be undone in any order; of those beyond, none comes back", () => {
    const frame = new Frame();
    for (const beyond of [0, 1, MAX_UNDOS + 10]) {
      const undos = Array.from({ length: MAX_UNDOS + beyond }, (_, n) => frame.bind({ x: n }));
      for (const undo of undos) undo();
      assert.deepEqual(frame.attributes, {}, `${beyond} beyond`);
    }
  });

  it("puts back what the oldest binding of too many has bound alone", () => {
    const frame = new Frame();
    const first = frame.bind({ alone: 1, x: 0 });
    const undos = Array.from({ length: MAX_UNDOS + 10 }, (_, n) => frame.bind({ x: n + 1 }));
    first();
    assert.deepEqual(frame.attributes, { x: MAX_UNDOS + 10 });
    for (const undo of undos) undo();
    assert.deepEqual(frame.attributes, {});
  });

  it("has nothing left over of many operations that overlap", () => {
    const { logger, context } = createPontem();
    const operations = Array.from({ length: 3 * MAX_UNDOS }, (_, n) => logger.operation(`frame ${n}`));
    for (const operation of operations) operation.end();
    assert.deepEqual(context.current(), {});
  });
});
