/**
 * Chooses where `@std/*` comes from: JSR where it answers, else the stand-ins in `tests/offline/jsr/`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** The registry that deno.json's `jsr:` specifiers mean. */
export const JSR: string = "https://jsr.io/";

/** The registry of stand-ins, laid out in files. */
export const STAND_INS: string = new URL("../tests/offline/jsr/", import.meta.url).href;

/** How long the probe may take in all: connecting, headers and body. */
const PROBE_MS = 3_000;

/** An answer longer than this is not the small document that was asked for. */
const PROBE_BYTES = 1_048_576;

/** Where `@std/*` comes from in this run. */
export interface Registry {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Whether these are the project's own stand-ins. */
  readonly standIns: boolean;
  /** One line for people: what is used, and why. */
  readonly said: string;
}

/** What {@linkcode chooseRegistry} looks at. */
export interface ChooseOptions {
  /**
   * The registry that is probed.
   *
   * @default {"https://jsr.io/"}
   */
  readonly jsr?: string;
  /**
   * The bound on the probe, in milliseconds.
   *
   * @default {3000}
   */
  readonly timeoutMs?: number;
}

/**
 * Asks a registry for one small document.
 *
 * @param url The registry's address.
 * @param timeoutMs The bound on the whole question, in milliseconds.
 * @returns `undefined` if the registry is one and answered in time, else the reason why it is not used.
 */
export async function probe(url: string, timeoutMs: number = PROBE_MS): Promise<string | undefined> {
  const limit = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Raced, not only aborted: a resolver or a proxy that ignores the signal must not hold the run.
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      resolve(`no answer within ${timeoutMs} ms`);
      limit.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([ask(url, limit.signal), late]);
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

async function ask(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("@std/jsonc/meta.json", url), {
      signal,
      headers: { accept: "application/json" },
    });
    if (!response.ok) {
      await response.body?.cancel();
      return `it answered with status ${response.status}`;
    }
    const meta: unknown = JSON.parse(await boundedText(response));
    const isMeta = typeof meta === "object" && meta !== null && "versions" in meta;
    return isMeta ? undefined : "it answered with something else than package versions";
  } catch (error) {
    if (error instanceof SyntaxError) return "it answered with something else than JSON";
    const cause = (error as Error).cause;
    return cause instanceof Error && cause.message !== "" ? cause.message : (error as Error).message;
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  while (reader !== undefined && text.length <= PROBE_BYTES) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

/**
 * Chooses the registry of this run. A `JSR_URL` that is set and not empty wins without a probe.
 *
 * @param env The environment to look into.
 * @param options What to probe, and for how long.
 * @returns The registry, and a line that says which it is.
 * @throws {TypeError} If `JSR_URL` is no absolute address.
 */
export async function chooseRegistry(
  env: Readonly<Record<string, string | undefined>>,
  options: ChooseOptions = {},
): Promise<Registry> {
  const given = env["JSR_URL"] ?? "";
  if (given !== "") {
    const url = given.endsWith("/") ? given : `${given}/`;
    if (!URL.canParse(url)) {
      throw new TypeError(`Cannot use "${given}" of JSR_URL: set an absolute address, such as ${STAND_INS}`);
    }
    return { url, standIns: url === STAND_INS, said: `@std/* comes from JSR_URL, ${url}` };
  }
  const jsr = options.jsr ?? JSR;
  const reason = await probe(jsr, options.timeoutMs);
  if (reason === undefined) return { url: jsr, standIns: false, said: `@std/* comes from JSR, ${jsr}` };
  const folder = fileURLToPath(STAND_INS);
  return {
    url: STAND_INS,
    standIns: true,
    said: `@std/* comes from the stand-ins in ${folder}: JSR at ${jsr} cannot be used (${oneLine(reason)})`,
  };
}

/**
 * The environment a command needs to use the registry.
 *
 * @param env The environment so far.
 * @param registry The registry of this run.
 * @returns The environment with `JSR_URL`, where the registry is another than JSR itself.
 */
export function withRegistry(
  env: Readonly<Record<string, string | undefined>>,
  registry: Registry,
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) all[name] = value;
  if (registry.url === JSR) delete all["JSR_URL"];
  else all["JSR_URL"] = registry.url;
  return all;
}

/**
 * The note that belongs in the last lines of a run.
 *
 * @param registry The registry of this run.
 * @returns The note, or `undefined` where the real packages were used.
 */
export function closingNote(registry: Registry): string | undefined {
  if (!registry.standIns) return undefined;
  return 'Ran on stand-ins for @std/*, not on the packages of JSR: see CONTRIBUTING.md, "How @std/* is found".';
}

/** Deno's own preamble repeats the address. */
function oneLine(text: string): string {
  return text.replace(/^error sending request for url \([^)]*\): /, "").replaceAll(/\s+/g, " ").trim();
}
