/**
 * Steps that read configuration.
 *
 * @module
 */
import { config } from "../../../mod.ts";
import { toJson } from "./json.ts";
import type { Context, StepTable } from "./steps.ts";

// The calls of a case need not be calls that compile.
const lookUp = config as unknown as (...args: unknown[]) => unknown;

/** The steps. */
export const CONFIG_STEPS: StepTable = {
  config: (context, ...args) => returned(context, lookUp(...args.map((item) => context.value(item)))),
  config_args: (context, ...args) => returned(context, lookUp(...args.map((item) => context.value(item)))),
  config_push: (context, value) => {
    try {
      (context.returned as unknown[]).push(context.value(value));
    } catch {
      // The list is frozen.
    }
  },
  reload: (context, ...namespace) => {
    (config.reload as (...args: unknown[]) => void)(...namespace.map((item) => context.value(item)));
  },
};

function returned(context: Context, value: unknown): void {
  context.returned = value;
  context.push(new Map([["$returned", toJson(value)]]));
}
