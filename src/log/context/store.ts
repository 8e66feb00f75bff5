/**
 * The context of an instance: frames by way of the storage of the runtime, and a base frame outside of every `run`.
 *
 * @module
 */
import type { Diagnostics } from "../../port/diagnostics.ts";
import type { AsyncStorage, Host } from "../../port/host.ts";
import { parseJson } from "../../record/parse_json.ts";
import type { PlainAttributes, Scope } from "../../record/scope.ts";
import type { Trace } from "../../record/trace.ts";
import type { Context, HeaderSource } from "../context.ts";
import type { Surroundings } from "../core.ts";
import { AllowList } from "./allow_list.ts";
import { type ContextHeaders, MAX_CARRIER_BYTES, MAX_VALUE, readCarrier, writeHeaders, writeText } from "./carrier.ts";
import { Frame } from "./frame.ts";
import { type TraceProvider, TraceSource } from "./trace_source.ts";

/** Surroundings of a store. */
export interface ContextParts {
  /** Environment, random ids and the storage; `init` may be given another. */
  readonly host: Pick<Host, "env" | "randomId" | "asyncStorage">;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
  /** Called at the first use; from then on records ask for what is around them. */
  activate(surroundings: Surroundings): void;
}

const LEFT_OUT =
  `a text or header of more than ${MAX_CARRIER_BYTES} bytes, a text value of more than ${MAX_VALUE} characters`;

/** The store. */
export class ContextStore implements Context, Surroundings {
  readonly #parts: ContextParts;
  readonly #base = new Frame();
  readonly #allowed = new AllowList();
  /** Made by the first `run`: from then on every await of the process costs more on Node 20 and 22. */
  #storage: AsyncStorage<Frame> | undefined;
  #source: TraceSource | undefined;
  #isActive = false;
  #hasRead = false;

  /** @param parts Surroundings. */
  constructor(parts: ContextParts) {
    this.#parts = parts;
  }

  /** What a record of this moment carries. */
  scope(own: Scope | undefined): Scope | undefined {
    const frame = this.#frame();
    let trace = frame.traceText;
    if (this.#source !== undefined) trace = this.#source.textNow() || trace;
    return frame.lastOwn === own && frame.lastTrace === trace ? frame.last : frame.join(own, trace);
  }

  /** The environment is known: what the process above has handed down holds for the whole of this one. */
  start(): void {
    if (this.#hasRead) return;
    this.#hasRead = true;
    const text = this.#parts.host.env("PONTEM_CONTEXT");
    if (text !== undefined) this.#restore(text, this.#base, "PONTEM_CONTEXT");
  }

  /** Calls a function with more context. */
  run<T>(attributes: object, call: () => T): T {
    if (typeof call !== "function") {
      this.#say("call", "context.run() was given no function: pass the attributes, then the function to call");
      return undefined as T;
    }
    const frame = this.#frame().child(this.#checked(attributes, "run"));
    this.#activate();
    this.#storage ??= this.#parts.host.asyncStorage();
    return this.#storage.run(frame, call);
  }

  /** Adds attributes. */
  bind(attributes: object): () => void {
    const checked = this.#checked(attributes, "bind");
    if (checked === undefined) return () => {};
    this.#activate();
    return this.#frame().bind(checked);
  }

  /** Removes attributes. */
  unbind(...keys: readonly string[]): void {
    this.#frame().unbind(keys.filter((key) => typeof key === "string"));
  }

  /** Removes everything. */
  clear(): void {
    this.#frame().clear();
  }

  /** What is bound. */
  current(): PlainAttributes {
    return parseJson(this.#frame().json) as PlainAttributes;
  }

  /** A new id. */
  correlationId(): string {
    const { host } = this.#parts;
    return host.randomId() + host.randomId();
  }

  /** Lets keys cross. */
  allow(...keys: readonly string[]): void {
    for (const key of keys) {
      const refused = this.#allowed.add(key);
      if (refused !== undefined) this.#say(`allow:${refused}`, `Cannot allow a key of the context: ${refused}`);
    }
  }

  /** The context as text. */
  serialize(): string {
    const frame = this.#frame();
    return writeText(frame.attributes, this.#traceOf(frame), this.#allowed, this.#leftOut);
  }

  /** The context as headers. */
  headers(): ContextHeaders {
    const frame = this.#frame();
    return writeHeaders(frame.attributes, this.#traceOf(frame), this.#allowed, this.#leftOut);
  }

  /** Binds what a carrier brings. */
  restore(carrier: string | HeaderSource | null | undefined): () => void {
    if (carrier === undefined || carrier === null || carrier === "") return () => {};
    return this.#restore(carrier, this.#frame(), "context.restore()");
  }

  /** Asks for the ids of a trace. */
  useTrace(provider: TraceProvider | undefined): void {
    if (provider !== undefined && typeof provider !== "function") {
      this.#say(
        "useTrace",
        "context.useTrace() was given no function: pass () => trace.getActiveSpan()?.spanContext()",
      );
      return;
    }
    this.#source = provider === undefined ? undefined : new TraceSource(provider, this.#brokenProvider);
    if (provider !== undefined) this.#activate();
  }

  #frame(): Frame {
    return this.#storage?.getStore() ?? this.#base;
  }

  #traceOf(frame: Frame): Trace | undefined {
    return this.#source?.now() ?? frame.trace;
  }

  #activate(): void {
    if (this.#isActive) return;
    this.#isActive = true;
    this.#parts.activate(this);
  }

  #checked(attributes: unknown, call: string): object | undefined {
    if (typeof attributes === "object" && attributes !== null && !isArray(attributes)) return attributes;
    this.#say(call, `context.${call}() was given no attributes: pass an object such as { correlation_id: "a1" }`);
    return undefined;
  }

  #restore(carrier: unknown, frame: Frame, where: string): () => void {
    const { attributes, trace, problem } = readCarrier(carrier, this.#allowed);
    if (problem !== undefined) {
      this.#say(
        `carrier:${where}:${problem}`,
        `What ${where} was given was ignored, or a part of it: it is ${problem}. Not taken are ${LEFT_OUT}, and what neither context.serialize() nor context.headers() writes`,
      );
    }
    if (trace === undefined && Object.keys(attributes).length === 0) return () => {};
    this.#activate();
    return frame.bind(attributes, trace);
  }

  readonly #leftOut = (): void =>
    this.#say(
      "leftOut",
      `An allowed key of the context was not sent on: beyond the bounds are ${LEFT_OUT}, and values that are no text, number or boolean`,
    );

  readonly #brokenProvider = (): void =>
    this.#say(
      "provider",
      "The function given to context.useTrace() failed or gave no span context; records go without its ids. Give () => trace.getActiveSpan()?.spanContext()",
    );

  #say(key: string, message: string): void {
    this.#parts.diagnostics.once(`context:${key}`, "pontem.sdk", "WARN", message);
  }
}

function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    // A proxy that was revoked; it leaves a marker, as anywhere.
    return false;
  }
}
