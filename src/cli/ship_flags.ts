/**
 * The simple case of shipping without a configuration file: options become the same shape.
 *
 * @module
 */
import { type Given, integerOption, type OptionKinds, UsageError } from "./options.ts";

/** Options that stand for a configuration file. */
export const SHIP_FLAGS: OptionKinds = {
  "sources": { type: "string", multiple: true },
  "state": { type: "string" },
  "sink": { type: "string" },
  "url": { type: "string" },
  "path": { type: "string" },
  "tenant": { type: "string" },
  "index": { type: "string" },
  "region": { type: "string" },
  "group": { type: "string" },
  "stream": { type: "string" },
  "endpoint": { type: "string" },
  "token-env": { type: "string" },
  "token-file": { type: "string" },
  "user": { type: "string" },
  "password-env": { type: "string" },
  "password-file": { type: "string" },
  "min-level": { type: "string" },
  "metrics": { type: "boolean" },
  "insecure": { type: "boolean" },
  "delete-after-ship": { type: "boolean" },
  "health-port": { type: "string" },
};

/** Options that are keys of a sink, under the same name. */
const SINK_TEXTS = ["url", "path", "tenant", "index", "region", "group", "stream", "endpoint"] as const;

/**
 * Makes a configuration of options.
 *
 * @param given What was given; what is no option is one more source, as a shell makes of a glob.
 * @returns The configuration, to be checked as one of a file is.
 * @throws {UsageError} When there is no source or no sink, or options do not fit each other.
 */
export function configOfFlags(given: Given): Record<string, unknown> {
  const text = (name: string): string | undefined => given.values[name]?.[0];
  const has = (name: string): boolean => given.values[name] !== undefined;
  const sources = [...given.values["sources"] ?? [], ...given.positionals];
  if (sources.length === 0) {
    throw new UsageError('Nothing to ship: give "--config FILE", or "--sources DIRECTORY" and "--sink TYPE"');
  }
  const type = text("sink");
  if (type === undefined) {
    throw new UsageError('Nowhere to ship to: give "--sink TYPE", such as "--sink loki --url http://loki:3100"');
  }
  const state = text("state");
  const healthPort = integerOption(given, "health-port", 1, 65_535);
  return {
    sources,
    ...(state === undefined ? {} : { state }),
    sinks: [{
      type,
      ...Object.fromEntries(SINK_TEXTS.flatMap((key) => has(key) ? [[key, text(key)]] : [])),
      ...(has("min-level") ? { minLevel: text("min-level") } : {}),
      ...(has("metrics") ? { metrics: true } : {}),
      ...(has("insecure") ? { insecure: true } : {}),
      ...credentials(type, given),
    }],
    ...(has("delete-after-ship") ? { deleteAfterShip: true } : {}),
    ...(healthPort === undefined ? {} : { health: { port: healthPort } }),
  };
}

/** A secret is named, never given: every user of the machine sees the arguments of a program. */
function credentials(type: string, given: Given): Record<string, unknown> {
  const token = secret("token", given);
  const password = secret("password", given);
  const user = given.values["user"]?.[0];
  if ((user === undefined) !== (password === undefined)) {
    throw new UsageError('Options "--user" and "--password-env" (or "--password-file") belong together: give both');
  }
  if (token !== undefined && user !== undefined) {
    throw new UsageError('Options "--token-env" and "--user" exclude each other: give one of them');
  }
  if (user !== undefined) return { auth: { basic: { user, password } } };
  if (token === undefined) return {};
  return type === "splunk" ? { token } : { auth: { bearer: token } };
}

function secret(name: string, given: Given): Record<string, string> | undefined {
  const env = given.values[`${name}-env`]?.[0];
  const file = given.values[`${name}-file`]?.[0];
  if (env !== undefined && file !== undefined) {
    throw new UsageError(`Options "--${name}-env" and "--${name}-file" exclude each other: give one of them`);
  }
  if (env !== undefined) return { env };
  return file === undefined ? undefined : { file };
}
