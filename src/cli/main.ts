#!/usr/bin/env node
/**
 * The command line.
 *
 * ```text
 * deno run jsr:@pontem/sdk/cli ship --config ship.jsonc
 * ```
 *
 * @module
 */
import { detectRuntime } from "../adapter/detect.ts";
import { nearest, oneLine, show } from "../option/check.ts";
import { messageOf } from "../port/reason.ts";
import { VERSION } from "../version.ts";
import { readOptions, UsageError } from "./options.ts";
import { type CommandProcess, isMainModule, programArguments, thisProcess } from "./process.ts";
import { shipCommand } from "./ship.ts";

export type { CommandProcess, StopSignal } from "./process.ts";
export type { Screen } from "../ship/terminal.ts";
export type * from "../port/mod.ts";

const HELP = `pontem ${VERSION}: reads and ships what @pontem/sdk writes

Usage: pontem COMMAND [OPTIONS]

Commands:
  ship    send logs and metrics to Loki, Splunk, CloudWatch, OTLP, a file or standard output

Options:
  -h, --help       this text; "pontem COMMAND --help" explains a command
  -V, --version    the version
`;

type Command = (args: readonly string[], process: CommandProcess) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = { ship: shipCommand };

/** Exit code for a command line or a configuration that cannot be used. */
const EXIT_USAGE = 2;
/** Exit code for everything else that goes wrong. */
const EXIT_FAILURE = 1;

/**
 * Runs a command; never rejects.
 *
 * @param args The arguments, without runtime and script.
 * @param process The process it runs in.
 * @returns Its exit code: 0 for success, 1 for a failure, 2 for a wrong command line or configuration, 3 (`ship --once`) when records were
 * held or refused.
 *
 * @example Ask for the version
 * ```ts
 * import assert from "node:assert/strict";
 * import { runCommand } from "@pontem/sdk/cli";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * let output = "";
 * const code = await runCommand(["--version"], {
 *   runtime: memoryRuntime(),
 *   screen: { isTerminal: false, hasColours: false, columns: () => 80, write: () => {} },
 *   print: async (text) => void (output += text),
 *   onStop: () => () => {},
 *   exit: () => {},
 * });
 * assert.equal(code, 0);
 * assert.match(output, /^\d+\.\d+\.\d+\n$/);
 * ```
 */
export async function runCommand(args: readonly string[], process: CommandProcess): Promise<number> {
  try {
    return await run(args, process);
  } catch (error) {
    process.screen.write(`pontem: ${messageOf(error).split("\n").map(oneLine).join("\n")}\n`);
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

async function run(args: readonly string[], process: CommandProcess): Promise<number> {
  const [name, ...rest] = args;
  if (name !== undefined && !name.startsWith("-")) {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined) return await command(rest, process);
    const names = Object.keys(COMMANDS);
    throw new UsageError(`Unknown command ${show(name)}: did you mean "${nearest(name, names)}"? See "pontem --help"`);
  }
  const { values } = readOptions(args, {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
  });
  if (values["version"] !== undefined) {
    await process.print(`${VERSION}\n`);
    return 0;
  }
  if (values["help"] === undefined) {
    process.screen.write(HELP);
    return EXIT_USAGE;
  }
  await process.print(HELP);
  return 0;
}

if (isMainModule(import.meta)) {
  const process = thisProcess(detectRuntime());
  process.exit(await runCommand(programArguments(), process));
}
