/**
 * What becomes known of a processor that fails: a count and one message, without anything of the record.
 *
 * @module
 */
import type { Ledger } from "../../emit/ledger.ts";
import type { Diagnostics } from "../../port/diagnostics.ts";
import { exceptionType, isError } from "../../record/exception.ts";

/** Says what went wrong when it is our own finding, which holds no value. */
export class ProcessorFault extends TypeError {}

/**
 * Counts and reports a fault.
 *
 * @param name What messages call the processor.
 * @param thrown What it threw.
 * @param ledger Counts it.
 * @param diagnostics Says it, once per processor.
 */
export function reportFault(name: string, thrown: unknown, ledger: Ledger, diagnostics: Diagnostics): void {
  ledger.fault("PROCESSOR");
  diagnostics.once(
    `processor:${name}`,
    "pontem.sdk",
    "ERROR",
    `A processor (${name}) ${reasonOf(thrown)}; its records are written without it. Correct the processor`,
  );
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof ProcessorFault) return thrown.message;
  const type = isError(thrown) ? exceptionType(thrown) : typeof thrown;
  return `failed with ${/^[\w.$]{1,64}$/.test(type) ? type : "an error"}`;
}
