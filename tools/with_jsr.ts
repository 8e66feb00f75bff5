/**
 * Runs a command with `@std/*` resolved: `deno run -A tools/with_jsr.ts deno check`.
 *
 * With `--no-note` before the command, running on stand-ins is said at the start only: for commands whose last line
 * is read by others.
 *
 * @module
 */

import process from "node:process";
import { chooseRegistry, closingNote, withRegistry } from "./jsr.ts";
import { run } from "./run.ts";

const [first, ...others] = process.argv.slice(2);
const quiet = first === "--no-note";
const [command, ...args] = quiet ? others : [first, ...others];
if (command === undefined) {
  console.error("Cannot run without a command. Name one: deno task with-jsr deno check");
  process.exit(2);
}

const registry = await chooseRegistry(process.env);
console.error(registry.said);
const { code } = await run(command, args.filter((arg) => arg !== undefined), {
  env: withRegistry(process.env, registry),
});
const note = closingNote(registry);
if (note !== undefined && !quiet) console.error(note);
process.exit(code);
