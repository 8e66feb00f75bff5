/**
 * The stack of a log call, without the frames of the SDK itself; on V8 and JavaScriptCore.
 *
 * @module
 */

/** Frames of a whole stack. */
const MAX_FRAMES = 64;
/** Frames of the SDK's own between a processor and the call: 9 to 11, and room for those of the engine. */
const OWN_FRAMES = 16;

/** One frame. */
export interface Frame {
  /** The line as the engine wrote it. */
  readonly text: string;
  /** Function, `undefined` where it has no name. */
  readonly functionName: string | undefined;
  /** File as a path, or what else the engine calls the source. */
  readonly file: string;
  /** Line, from 1. */
  readonly line: number;
}

/** V8: `    at fn (file:///a/b.ts:1:2)` or `    at file:///a/b.ts:1:2`. */
const V8 = /^\s*at (?:(.*?) \()?(.+?):(\d+):\d+\)?$/;
/** JavaScriptCore: `fn@/a/b.ts:1:2` or `/a/b.ts:1:2`; `fn@file:///a.ts:1:2`. Bun writes V8's form. */
const JSC = /^(?:([^@]*)@)?(.+?):(\d+):\d+$/;
/** Not code of the service, nor of the SDK. */
const ENGINE = /^(?:node:|ext:|internal:|native|\[native|<anonymous>)/;
/** Where this file is, in the folder of the SDK. */
const HERE = /src\/log\/processor\/[^/]+$/;
/** A file in the folder of the SDK; no example of its documentation, which a test runs under a longer name. */
const OWN_FILE = /^[a-z0-9_/]+\.[a-z]+$/;
/** Calls that a service makes, for where the SDK is one file with the service and cannot be told by its path. */
const ENTRY = /(?:^|\.)(?:trace|debug|info|warn|error|fatal|log|end)(?: \[as .*\])?$/;

/**
 * The frames of the service.
 *
 * @param most How many are needed: each costs some microseconds, with TypeScript on Deno some ten.
 * @returns Frames from the call on; none where they cannot be told.
 */
export function callerFrames(most: number = MAX_FRAMES): readonly Frame[] {
  return serviceFrames(parseStack(currentStack(OWN_FRAMES + most)));
}

/**
 * Leaves the frames of the SDK out, which come first, and those of the engine.
 *
 * @param frames Frames of a log call, from a processor on.
 * @returns Frames of the service.
 */
export function serviceFrames(frames: readonly Frame[]): readonly Frame[] {
  const [first] = frames;
  if (first === undefined) return [];
  const from = HERE.test(first.file) ? firstBeyond(frames, first.file.replace(HERE, "src/")) : afterEntry(frames);
  return frames.slice(from).filter(({ file }) => !ENGINE.test(file));
}

/**
 * Takes the text of a stack apart.
 *
 * @param stack What an error has as `stack`.
 * @returns Its frames; lines that are none are left out.
 */
export function parseStack(stack: unknown): readonly Frame[] {
  if (typeof stack !== "string") return [];
  const frames: Frame[] = [];
  for (const text of stack.split("\n").slice(0, MAX_FRAMES + OWN_FRAMES + 1)) {
    const [, name, source, line] = V8.exec(text) ?? JSC.exec(text) ?? [];
    if (source === undefined) continue;
    const functionName = name?.replace(/^(?:async|new) /, "");
    const known = functionName !== "" && functionName !== "<anonymous>";
    frames.push({ text, functionName: known ? functionName : undefined, file: pathOf(source), line: Number(line) });
  }
  return frames;
}

function firstBeyond(frames: readonly Frame[], own: string): number {
  const at = frames.findIndex(({ file }) => !file.startsWith(own) || !OWN_FILE.test(file.slice(own.length)));
  return at < 0 ? frames.length : at;
}

function afterEntry(frames: readonly Frame[]): number {
  const at = frames.findIndex(({ functionName }) => functionName !== undefined && ENTRY.test(functionName));
  return at < 0 ? frames.length : at + 1;
}

/** Engines keep 10 frames unless they are told; what they were told is put back. */
function currentStack(limit: number): unknown {
  const settings = Error as unknown as { stackTraceLimit?: unknown };
  const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  try {
    settings.stackTraceLimit = limit;
    return new Error().stack;
  } catch {
    // The intrinsics are frozen, or a `prepareStackTrace` of the service throws.
    return undefined;
  } finally {
    if (before?.writable === true) settings.stackTraceLimit = before.value;
  }
}

function pathOf(source: string): string {
  if (!source.startsWith("file://")) return source;
  try {
    // A drive letter of Windows has no slash before it.
    return decodeURIComponent(source.slice("file://".length)).replace(/^\/(?=[A-Za-z]:\/)/, "");
  } catch {
    return source;
  }
}
