/**
 * The processor that takes secrets out.
 *
 * @module
 */
import type { Processor } from "./processor.ts";
import { type RedactOptions, Redactor } from "./redactor.ts";

/**
 * Makes a processor that censors, removes or hashes the attributes at some paths. The option `redact` of `init` does the same as the last of
 * the processors, and covers metric attributes and bridges too; this one is for another place among the processors.
 *
 * - `password`: this key at any depth, in any case (`Password`, `PASSWORD`), but not as a part of a longer name.
 * - `user.email`: one place from the top; also the flat key `"user.email"`.
 * - `items[*].price`, `items.*.price`: each item, or each key. `items[0].price`: one item.
 * - `**.token`: at any depth, in this case. `headers.**`: everything below.
 * - `a["b-c"]`, `["x.y"]`: keys with other characters.
 *
 * An error is attributes by then: `exception.message`, `exception.stacktrace`. The body is not touched: put what may be secret into attributes.
 *
 * @param paths Where the values are; at most 256 paths.
 * @param options What becomes of them.
 * @returns The processor.
 * @throws {TypeError | RangeError} What is no path, or an option that cannot be used; names it and the remedy.
 *
 * @example Censor
 * ```ts
 * import { createPontem, redact } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs(createPontem(), { processors: [redact(["password", "user.email"])] });
 * logger.info("signed in", { user: { name: "ada", email: "ada@example.com" }, form: { Password: "x" } });
 * assert.deepEqual(records()[0]?.attributes, {
 *   user: { name: "ada", email: "[Redacted]" },
 *   form: { Password: "[Redacted]" },
 * });
 * ```
 *
 * @example Hash, so that records of one user can still be found
 * ```ts
 * import { createPontem, redact } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs(createPontem(), { processors: [redact(["user"], { hash: { key: "from a secret" } })] });
 * logger.info("a", { user: "ada" });
 * logger.info("b", { user: "ada" });
 * const [a, b] = records();
 * assert.match(String(a?.attributes["user"]), /^hmac:[0-9a-f]{16}$/);
 * assert.equal(a?.attributes["user"], b?.attributes["user"]);
 * ```
 */
export function redact(paths: readonly string[], options?: RedactOptions): Processor {
  return new Redactor(paths, options, "redact()").processor;
}
