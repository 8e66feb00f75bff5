/**
 * Steps that end the process.
 *
 * @module
 */
import process from "node:process";
import { delay, numberArgument, type StepTable, textArgument } from "./steps.ts";
import { makeError } from "./values.ts";

/** A signal that does not end the process is not waited for longer. */
const SIGNAL_MS = 10_000;

// Deno tells listeners of `unload` also about an exit without hooks; this listener is the first and can keep it from the others.
let isHard = false;
globalThis.addEventListener?.("unload", (event) => {
  if (isHard) event.stopImmediatePropagation();
});

/** The steps. */
export const END_STEPS: StepTable = {
  exit: (_, code) => process.exit(numberArgument(code)),
  hard_exit: (_, code) => {
    isHard = true;
    (process as unknown as { reallyExit(code: number): void }).reallyExit(numberArgument(code));
  },
  raise: (_, type, message) => {
    throw makeError(textArgument(type), textArgument(message ?? ""));
  },
  signal: async (_, name) => {
    process.kill(process.pid, textArgument(name));
    await delay(SIGNAL_MS);
  },
};
