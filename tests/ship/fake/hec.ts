/**
 * An HTTP Event Collector on 127.0.0.1: Splunk by its table of codes, or Fluent Bit's input, which is laxer, as a real one answered.
 *
 * @module
 */
import type { Faults } from "./fault.ts";
import { type HecEvent, type ParsedEvents, parseEvents, parseLaxly } from "./hec_parse.ts";
import { type FakeAnswer, type FakeRequest, type FakeServer, fakeServer } from "./server.ts";

/** A token. */
export interface FakeToken {
  /** Is it switched off? */
  readonly isDisabled?: boolean;
  /** Indexes that it may write to. Default: `main`, `edge`. */
  readonly indexes?: readonly string[];
  /** Indexers acknowledge after so many milliseconds; `Infinity` for never. Without it the token has no acknowledgements. */
  readonly ackMs?: number;
}

/** How it is set up. */
export interface FakeHecOptions {
  /** Whose rules. Default: `"splunk"`. */
  readonly mode?: "splunk" | "fluent-bit";
  /** Tokens. Default: `good`, without acknowledgements. */
  readonly tokens?: Readonly<Record<string, FakeToken>>;
  /** Does a refusal say which event is wrong? Default: true. */
  readonly tellsEvent?: boolean;
  /** Are events before the wrong one stored? Nobody wrote down whether Splunk does. Default: true, which is harder. */
  readonly storesBefore?: boolean;
  /** Bytes of a body, unpacked. Default: 1,000,000, of Fluent Bit 4,000,000. */
  readonly maxBytes?: number;
  /** Clock, milliseconds. */
  readonly now?: () => number;
  /** Faults that are scripted before. */
  readonly faults?: Faults;
}

/** A code with which all is refused while it lasts. */
export type BusyCode = 8 | 9 | 18 | 19 | 20 | 23;

/** A collector that listens. */
export interface FakeHec extends FakeServer {
  /** What is stored, in order. */
  readonly stored: readonly HecEvent[];
  /** Refuses all. */
  busy: BusyCode | undefined;
  /** Changes a token; without options it is not known any more. */
  setToken(name: string, token: FakeToken | undefined): void;
  /** Forgets what is stored, and all acknowledgements, as a restart does. */
  forget(): void;
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EVENT_PATHS: readonly string[] = [
  "/services/collector",
  "/services/collector/event",
  "/services/collector/event/1.0",
];
const BUSY: Readonly<Record<BusyCode, readonly [status: number, text: string]>> = {
  8: [500, "Internal server error"],
  9: [503, "Server is busy"],
  18: [503, "HEC is unhealthy, queues are full"],
  19: [503, "HEC is unhealthy, ack service unavailable"],
  20: [503, "HEC is unhealthy, queues are full, ack service unavailable"],
  23: [503, "Server is shutting down"],
};

function say(status: number, code: number, text: string, more: Readonly<Record<string, unknown>> = {}): FakeAnswer {
  const body = JSON.stringify({ text, code, ...more });
  return { status, headers: { "content-type": "application/json" }, body };
}

/** What was received on a channel and is not acknowledged yet. */
class Channel {
  #next = 0;
  readonly #dueAt: Map<number, number> = new Map();

  receive(dueAt: number): number {
    this.#dueAt.set(this.#next, dueAt);
    return this.#next++;
  }

  /** A status that was read is gone. */
  take(id: number, now: number): boolean {
    const isDue = (this.#dueAt.get(id) ?? Infinity) <= now;
    if (isDue) this.#dueAt.delete(id);
    return isDue;
  }
}

class Collector {
  readonly #options: FakeHecOptions;
  readonly tokens: Map<string, FakeToken>;
  readonly #channels: Map<string, Channel> = new Map();
  readonly stored: HecEvent[] = [];
  busy: BusyCode | undefined;

  constructor(options: FakeHecOptions) {
    this.#options = options;
    this.tokens = new Map(Object.entries(options.tokens ?? { good: {} }));
  }

  forget(): void {
    this.stored.length = 0;
    this.#channels.clear();
  }

  readonly answer = (request: FakeRequest): FakeAnswer => {
    return this.#options.mode === "fluent-bit" ? this.#fluentBit(request) : this.#splunk(request);
  };

  #splunk(request: FakeRequest): FakeAnswer {
    const { method, path } = request;
    if (path.startsWith("/services/collector/health") && method === "GET") return this.#health();
    const isAck = path === "/services/collector/ack";
    if (method !== "POST" || !isAck && !EVENT_PATHS.includes(path)) {
      return say(404, 404, "The requested URL was not found on this server.");
    }
    const token = this.#authorize(request);
    if ("status" in token) return token;
    if (this.busy !== undefined) return say(BUSY[this.busy][0], this.busy, BUSY[this.busy][1]);
    if (token.ackMs === undefined) return isAck ? say(400, 14, "ACK is disabled") : this.#receive(request, token);
    const channel = request.headers["x-splunk-request-channel"] ?? request.query.get("channel");
    if (channel === null) return say(400, 10, "Data channel is missing");
    if (!GUID.test(channel)) return say(400, 11, "Invalid data channel");
    return isAck ? this.#tell(request, this.#channel(channel)) : this.#receive(request, token, this.#channel(channel));
  }

  #health(): FakeAnswer {
    return this.busy === undefined ? say(200, 17, "HEC is healthy") : say(503, this.busy, BUSY[this.busy][1]);
  }

  #authorize({ headers: { authorization } }: FakeRequest): FakeToken | FakeAnswer {
    if (authorization === undefined) return say(401, 2, "Token is required");
    const name = /^Splunk (\S+)$/.exec(authorization)?.[1];
    if (name === undefined) return say(401, 3, "Invalid authorization");
    const token = this.tokens.get(name);
    if (token === undefined) return say(403, 4, "Invalid token");
    return token.isDisabled === true ? say(403, 1, "Token disabled") : token;
  }

  #receive(request: FakeRequest, { indexes = ["main", "edge"], ackMs }: FakeToken, channel?: Channel): FakeAnswer {
    const { maxBytes = 1_000_000, storesBefore = true, now = () => Date.now() } = this.#options;
    if (request.body.length > maxBytes) return { status: 413 };
    // Gzip that is none is no JSON either.
    const { events, refusal } = parseEvents(request.text, indexes);
    if (refusal === undefined || storesBefore) this.stored.push(...events);
    if (refusal !== undefined) return this.#refuse(refusal);
    const ackId = channel?.receive(now() + (ackMs ?? 0));
    return say(200, 0, "Success", ackId === undefined ? {} : { ackId });
  }

  #refuse({ code, text, event }: NonNullable<ParsedEvents["refusal"]>): FakeAnswer {
    const tells = code !== 5 && (this.#options.tellsEvent ?? true);
    return say(400, code, text, tells ? { "invalid-event-number": event } : {});
  }

  #channel(name: string): Channel {
    const channel = this.#channels.get(name) ?? new Channel();
    this.#channels.set(name, channel);
    return channel;
  }

  #tell({ text }: FakeRequest, channel: Channel): FakeAnswer {
    const { now = () => Date.now() } = this.#options;
    const { acks } = JSON.parse(text) as { readonly acks: readonly number[] };
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ acks: Object.fromEntries(acks.map((id) => [id, channel.take(id, now())])) }),
    };
  }

  /** Its rows are those that a real one answered. */
  #fluentBit(request: FakeRequest): FakeAnswer {
    const { method, path } = request;
    if (path === "/services/collector/health" && method === "GET") return say(200, 200, "Success");
    const isRaw = path.startsWith("/services/collector/raw");
    if (method !== "POST" || !isRaw && !EVENT_PATHS.includes(path)) {
      return { status: 400, body: "error: invalid HTTP endpoint" };
    }
    if (request.raw.length > (this.#options.maxBytes ?? 4_000_000)) return { status: 413 };
    const token = this.#authorize(request);
    if ("status" in token) return token;
    const { events, refusal } = isRaw ? { events: [{ event: request.text }] } : parseLaxly(request.text);
    if (refusal !== undefined) return say(400, refusal.code, refusal.text);
    this.stored.push(...events);
    return say(200, 0, "Success");
  }
}

/**
 * Starts a collector.
 *
 * @param options How it is set up.
 * @returns It.
 */
export async function fakeHec(options: FakeHecOptions = {}): Promise<FakeHec> {
  const { faults } = options;
  const collector = new Collector(options);
  const server = await fakeServer(collector.answer, faults === undefined ? {} : { faults });
  return Object.create(server, {
    stored: { get: (): readonly HecEvent[] => collector.stored },
    busy: {
      get: (): BusyCode | undefined => collector.busy,
      set: (code: BusyCode | undefined): void => void (collector.busy = code),
    },
    setToken: {
      value: (name: string, token: FakeToken | undefined): void => {
        if (token === undefined) collector.tokens.delete(name);
        else collector.tokens.set(name, token);
      },
    },
    forget: { value: (): void => collector.forget() },
  }) as FakeHec;
}
