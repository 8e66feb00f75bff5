/**
 * Steps of the life cycle.
 *
 * @module
 */
import * as pontem from "../../../mod.ts";
import type { Json } from "./json.ts";
import type { Context, StepTable } from "./steps.ts";

/** The steps. */
export const LIFE_STEPS: StepTable = {
  init: (context, options, positional) => {
    const given = Array.isArray(positional) ? positional.map((item) => context.value(item)) : [];
    // Positional arguments stand where the options would.
    if (given.length > 0) return Reflect.apply(pontem.init, undefined, given) as void;
    const named = optionsOf(context, options);
    // The logging that Python means.
    if (named["stdlibLogging"] === true) named["stdlibLogging"] = [context.std.bridge];
    pontem.init({ ...context.limits, ...named } as unknown as pontem.InitOptions);
  },
  async shutdown() {
    await pontem.shutdown();
  },
  async interval() {
    try {
      await pontem.flush();
    } catch {
      // Some could not be written yet; the step only waits.
    }
  },
  limits: (context, limits) => {
    const { max_file_bytes: maxBytes, max_rotated_files: maxFiles } = context.value(limits) as Record<
      string,
      number | null
    >;
    context.limits = {
      ...(typeof maxBytes === "number" ? { rotation: { maxBytes } } : {}),
      ...(typeof maxFiles === "number" ? { retention: { maxFiles } } : {}),
    };
  },
};

/** Options under their names in JavaScript; what is None in Python is left out. */
export function optionsOf(context: Context, json: Json | undefined): Record<string, unknown> {
  const options = (context.value(json) ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value ?? undefined,
    ]),
  );
}
