import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Frame, MAX_JOINED, MAX_UNDOS } from "../../../src/log/context/frame.ts";
import { makeScope, type Scope } from "../../../src/record/scope.ts";

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

  it("remembers 64 bindings that may be undone in any order; one beyond still puts back what it found", () => {
    const frame = new Frame();
    const undos = Array.from({ length: MAX_UNDOS + 1 }, (_, n) => frame.bind({ x: n }));
    for (const undo of undos) undo();
    // The first was forgotten, so the second brings its value back; all the others know of each other.
    assert.deepEqual(frame.attributes, { x: 0 });
    const again = Array.from({ length: MAX_UNDOS }, (_, n) => frame.bind({ y: n }));
    for (const undo of again) undo();
    assert.deepEqual(frame.attributes, { x: 0 });
  });
});
