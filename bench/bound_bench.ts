/**
 * What does a call cost when its logger carries four attributes, and when it is made within a context, beside a plain one? Bursts of
 * 1,000 calls, each kind in a process of its own, interleaved, medians.
 *
 * `--records N` (200,000), `--rounds N` (5), `--json`.
 *
 * @module
 */
import { inProcess, main, median, moduleBeside, option, rounds, type Row } from "./harness.ts";

const RECORDS = option("records", 200_000);
const MEASURE = moduleBeside(import.meta.url, "./bound/measure");
/** What is measured, and at most how many times a plain call it may cost. */
const KINDS: Readonly<Record<string, { readonly what: string; readonly target?: number }>> = {
  plain: { what: "plain" },
  bound: { what: "4 bindings", target: 1.1 },
  context: { what: "4 bindings + context", target: 1.3 },
  "context only": { what: "context" },
  alike: { what: "5 bindings, one of them like a key of the call" },
  override: { what: "5 bindings, one of them overridden" },
};

async function measure(): Promise<Row[]> {
  const runs = new Map<string, number[]>(Object.keys(KINDS).map((kind) => [kind, []]));
  for (let round = 0; round < rounds(5); round++) {
    for (const [kind, of] of runs) {
      const { callNs = NaN, missing = NaN } = await inProcess(MEASURE, [kind, String(RECORDS)]);
      if (missing !== 0) throw new Error(`"${kind}": ${missing} records are missing`);
      of.push(callNs);
    }
  }
  const ns = (kind: string): number => median(runs.get(kind) ?? []);
  return Object.entries(KINDS).flatMap(([kind, { what, target }]): Row[] => [
    { what: `${what}: a call`, value: ns(kind), unit: "ns" },
    ...kind === "plain" ? [] : [{ what: `${what}, beside plain`, value: ns(kind) / ns("plain"), unit: "x", target }],
  ]);
}

main("bound loggers", measure);
