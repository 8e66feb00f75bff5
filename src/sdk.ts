/**
 * The SDK as users make it.
 *
 * @module
 */
import { detectRuntime } from "./adapter/detect.ts";
import { Instance } from "./instance.ts";
import type { InitOptions } from "./option/init_options.ts";
import { checkRuntime } from "./option/runtime_option.ts";
import type { Pontem } from "./pontem.ts";

/**
 * Makes an isolated instance with the same members as the module, for tests, or for a process that hosts several services.
 *
 * @param options Options of `init`, which is then called at once; without them the instance waits for `init`.
 * @returns The instance.
 * @throws What `init` throws.
 *
 * @example Two services in one process
 * ```ts
 * import { createPontem } from "@pontem/sdk";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const pontem = createPontem({ serviceName: "camera", runtime: memoryRuntime() });
 * pontem.logger.info("ready");
 * const { written } = await pontem.shutdown();
 * assert.equal(written, 1);
 * ```
 */
export function createPontem(options?: InitOptions): Pontem {
  const given = options?.runtime;
  const instance = new Instance(checkRuntime(given) ?? detectRuntime());
  if (options !== undefined) instance.init(options);
  return {
    init: (options) => instance.init(options),
    shutdown: (options) => instance.shutdown(options),
    flush: () => instance.flush(),
    flushSync: () => instance.flushSync(),
    stats: () => instance.stats(),
    logger: instance.logs.logger,
    getLogger: (name, bindings) => instance.logs.getLogger(name, bindings),
    context: instance.logs.context,
    metrics: instance.aggregator.metrics,
    config: instance.config.config,
    [Symbol.asyncDispose]: async () => void await instance.shutdown(undefined),
  };
}
