/**
 * A Loki on 127.0.0.1 that answers as a real one did, with its validators, its limits and its words.
 *
 * @module
 */
import type { Faults } from "./fault.ts";
import { ParseError, parsePush } from "./loki_parse.ts";
import { LOKI_LIMITS, type LokiLimits } from "./loki_limits.ts";
import { LokiStore, type StoredEntry } from "./loki_store.ts";
import { text } from "./loki_words.ts";
import { type FakeAnswer, type FakeRequest, type FakeServer, fakeServer } from "./server.ts";

/** How it is set up. */
export interface FakeLokiOptions {
  /** Limits beside the defaults. */
  readonly limits?: Partial<LokiLimits>;
  /** Tenants with limits of their own; with it a request must name its tenant. */
  readonly tenants?: Readonly<Record<string, Partial<LokiLimits>>>;
  /** Bytes of a body. Default: 100 MiB. */
  readonly maxBodyBytes?: number;
  /** Clock, milliseconds since the Unix epoch. */
  readonly now?: () => number;
  /** Faults that are scripted before. */
  readonly faults?: Faults;
}

/** A Loki that listens. */
export interface FakeLoki extends FakeServer {
  /** What is stored, of all tenants. */
  readonly stored: readonly StoredEntry[];
  /** Forgets all that is stored, and all streams. */
  forget(): void;
}

/** The tenant of a Loki that has only one. */
const ONLY = "fake";
const UNSUPPORTED = /[^a-zA-Z0-9!_.*'()-]/;

/**
 * Starts a Loki.
 *
 * @param options How it is set up.
 * @returns It.
 */
export async function fakeLoki(options: FakeLokiOptions = {}): Promise<FakeLoki> {
  const { limits = {}, tenants, maxBodyBytes = 104_857_600, now = () => Date.now(), faults } = options;
  const stores = new Map<string, LokiStore>();
  const storeOf = (tenant: string): LokiStore => {
    const known = stores.get(tenant);
    if (known !== undefined) return known;
    const made = new LokiStore(tenant, { ...LOKI_LIMITS, ...limits, ...tenants?.[tenant] }, now);
    stores.set(tenant, made);
    return made;
  };

  function respond(request: FakeRequest): FakeAnswer {
    const { method, path, headers, raw } = request;
    if (path === "/ready") return text(200, "ready");
    if (path !== "/loki/api/v1/push") return text(404, "404 page not found");
    if (method !== "POST") return { status: 405 };
    const tenant = tenants === undefined ? ONLY : headers["x-scope-orgid"];
    if (tenant === undefined) return text(401, "no org id");
    const wrong = UNSUPPORTED.exec(tenant)?.[0];
    if (wrong !== undefined) return text(400, `tenant ID '${tenant}' contains unsupported character '${wrong}'`);
    if (raw.length > maxBodyBytes) {
      const sizes = `(${raw.length} vs ${maxBodyBytes})`;
      return text(413, `request body too large: message size too large than max ${sizes}`);
    }
    try {
      return storeOf(tenant).push(parsePush(request), headers["x-loki-backfill-shard"] !== undefined);
    } catch (error) {
      if (error instanceof ParseError) return text(400, error.message);
      throw error;
    }
  }

  const server = await fakeServer(respond, faults === undefined ? {} : { faults });
  return Object.create(server, {
    stored: { get: (): StoredEntry[] => [...stores.values()].flatMap(({ entries }) => entries) },
    forget: { value: (): void => stores.clear() },
  }) as FakeLoki;
}
