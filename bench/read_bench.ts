/**
 * What does a record cost that is read? A cursor over one file of 290 bytes a record, plain, compressed, and only its errors; the way to an
 * offset in a compressed file; and eight files as one stream. Each in a process of its own, medians.
 *
 * `--records N` (200,000), `--rounds N` (5), `--json`.
 *
 * @module
 */
import { inProcess, main, median, moduleBeside, option, rounds, type Row } from "./harness.ts";

const RECORDS = option("records", 200_000);
const MEASURE = moduleBeside(import.meta.url, "./read/measure");
/** What is measured, and the most CPU that a record may take, in microseconds. */
const KINDS: Readonly<Record<string, { readonly what: string; readonly target?: number }>> = {
  plain: { what: "cursor, plain file", target: 1.2 },
  gz: { what: "cursor, compressed file" },
  errors: { what: "cursor, errors only (1 in 1,000)" },
  query: { what: "stream over 8 files in the order of time" },
};
/** The most wall time to the end of a compressed file with 10 MB of content, in milliseconds. */
const SKIP_MS = 50;

async function measure(): Promise<Row[]> {
  const rows: Row[] = [];
  const expected: Readonly<Record<string, number>> = { errors: Math.ceil((RECORDS - 500) / 1000), skip: 1 };
  for (const kind of [...Object.keys(KINDS), "skip"]) {
    const runs: Record<string, number>[] = [];
    for (let round = 0; round < rounds(5); round++) {
      const figures = await inProcess(MEASURE, [kind, String(RECORDS)]);
      if (figures["found"] !== (expected[kind] ?? RECORDS)) throw new Error(`"${kind}": ${figures["found"]} records`);
      runs.push(figures);
    }
    const of = (name: string): number => median(runs.map((figures) => figures[name] ?? NaN));
    if (kind === "skip") {
      rows.push({ what: "to the end of 10 MB that are compressed", value: of("ms"), unit: "ms", target: SKIP_MS });
      continue;
    }
    const { what = kind, target } = KINDS[kind] ?? {};
    rows.push({ what: `${what}: CPU a record`, value: of("cpuUs") / RECORDS, unit: "us", target });
    rows.push({ what: `${what}: memory`, value: of("grown"), unit: "MB" });
  }
  return rows;
}

main("reading", measure);
