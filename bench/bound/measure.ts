/**
 * One measurement in a process of its own: `measure.ts KIND RECORDS DIRECTORY` prints one line of JSON.
 *
 * Kinds: `plain`, `bound` (4 bindings), `context` (4 bindings within a context of 2 attributes), `context only`, `alike` (a fifth
 * binding with the mask bit of an attribute of the call: same length, same first letter), `override` (a fifth that the call overrides).
 *
 * @module
 */
import { createPontem, type Logger } from "../../mod.ts";
import { attributes, turn } from "../own_process.ts";
import { median } from "../table.ts";

const process = (globalThis as unknown as { process: { argv: string[] } }).process;
const [kind = "", count = "200000", directory = ""] = process.argv.slice(2);
const records = Number(count);
const WARM_UP = 20_000;
/** Less than the queue holds: what is measured is the call, not the writing. The median burst is one that nobody held up. */
const BURST = 1_000;

const pontem = createPontem({ serviceName: "bench", emitDir: directory, rotation: { maxBytes: 2 ** 40 } });
const bindings = { site: "north", line: 7, model: "scoring_v3", tenant: "acme" };
const log: Logger = kind === "bound" || kind === "context"
  ? pontem.logger.bind(bindings)
  : kind === "alike"
  ? pontem.logger.bind({ ...bindings, shift: "b" })
  : kind === "override"
  ? pontem.logger.bind({ ...bindings, camera: "none" })
  : pontem.logger;

async function measure(): Promise<void> {
  const bursts: number[] = [];
  for (let i = 0; i < records + WARM_UP;) {
    const start = performance.now();
    for (let n = 0; n < BURST; n++, i++) log.info("frame processed", attributes(i));
    if (i > WARM_UP) bursts.push((performance.now() - start) * 1e6 / BURST);
    await turn();
  }
  const { written } = await pontem.shutdown();
  console.log(JSON.stringify({ callNs: median(bursts), missing: records + WARM_UP - written }));
}

await (kind.startsWith("context")
  ? pontem.context.run({ correlation_id: "6f1c3a520d0e4b639a573f6f5b1f2c11", batch: 12 }, measure)
  : measure());
