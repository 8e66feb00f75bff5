/**
 * For programs that nobody may edit: loaded before the program, it starts the SDK from the environment alone. What the program says with
 * `console` becomes wire lines on the same streams, an error that nobody catches leaves a record, and libraries that log with this SDK are
 * heard.
 *
 * `PONTEM_SERVICE_NAME` is required; the other variables are those of `init`. Without it, or where `init` fails, one line on standard error says
 * so, nothing is changed and the program runs.
 *
 * ```text
 * PONTEM_SERVICE_NAME=camera node --import @pontem/sdk/register main.js
 * PONTEM_SERVICE_NAME=camera bun --preload @pontem/sdk/register main.ts
 * PONTEM_SERVICE_NAME=camera deno run --preload=jsr:@pontem/sdk/register -E -R -W main.ts
 * ```
 *
 * @module
 */
import { init } from "../mod.ts";
import { detectRuntime } from "./adapter/detect.ts";
import { oneLine } from "./option/check.ts";
import type { Host } from "./port/host.ts";
import { messageOf } from "./port/reason.ts";

/** Has the SDK been started? */
export const registered: boolean = register(detectRuntime().host);

function register(host: Pick<Host, "env" | "writeError">): boolean {
  const serviceName = host.env("PONTEM_SERVICE_NAME");
  if (serviceName === undefined) {
    host.writeError(
      "WARN pontem.sdk @pontem/sdk/register does nothing: PONTEM_SERVICE_NAME is not set or may not be read. Set it to the name of the service",
    );
    return false;
  }
  try {
    init({ serviceName, stdlibLogging: true });
    return true;
  } catch (error) {
    host.writeError(oneLine(`ERROR pontem.sdk @pontem/sdk/register does nothing: ${messageOf(error)}`));
    return false;
  }
}
