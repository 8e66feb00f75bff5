/**
 * What one `run` of the context holds: attributes and ids of a trace, and what they make together with the loggers that log in it.
 *
 * @module
 */
import { flat } from "../../record/flat.ts";
import { makeScope, type PlainAttributes, type Scope, withTrace } from "../../record/scope.ts";
import { type Trace, traceText } from "../../record/trace.ts";

/** Of how many loggers a frame remembers what they make together. */
export const MAX_JOINED = 64;
/** How many of its bindings a frame remembers for the case that they are undone in another order. */
export const MAX_UNDOS = 256;

/** No attributes. */
const EMPTY: Scope = makeScope(undefined);
/** Stands for a logger that was not seen yet; `undefined` is the root logger. */
const UNSEEN: Scope = makeScope(undefined);

/** Values before a binding; `undefined` (which JSON has not) where a key was missing. */
type Undo = Map<string, unknown>;

/** A frame. */
export class Frame {
  #scope: Scope;
  #trace: Trace | undefined;
  #traceText: string;
  readonly #joined = new Map<Scope | undefined, Scope | undefined>();
  #undos: Set<Undo> | undefined;
  // Public, and compared in the log call itself: most records come from the logger that logged before.
  /** The logger that logged last. */
  lastOwn: Scope | undefined = UNSEEN;
  /** The trace it logged in. */
  lastTrace = "";
  /** What they made together. */
  last: Scope | undefined;

  /**
   * @param scope Its attributes.
   * @param trace Its ids.
   */
  constructor(scope: Scope = EMPTY, trace?: Trace) {
    this.#scope = scope;
    this.#trace = trace;
    this.#traceText = trace === undefined ? "" : traceText(trace);
  }

  /** Attributes. */
  get attributes(): PlainAttributes {
    return this.#scope.attributes;
  }

  /** JSON text of the attributes. */
  get json(): string {
    return `{${this.#scope.text}}`;
  }

  /** Ids of the trace. */
  get trace(): Trace | undefined {
    return this.#trace;
  }

  /** The same as the fields of a line, or empty. */
  get traceText(): string {
    return this.#traceText;
  }

  /**
   * Makes a frame that starts with what this one holds now.
   *
   * @param attributes More attributes.
   */
  child(attributes: unknown): Frame {
    const { attributes: outer } = this.#scope;
    return new Frame(attributes === undefined ? this.#scope : makeScope(attributes, outer), this.#trace);
  }

  /**
   * Adds attributes.
   *
   * @param attributes What to add; it wins over what is there.
   * @param trace Other ids, if any.
   * @returns Puts back what was there before, once.
   */
  bind(attributes: unknown, trace?: Trace): () => void {
    const added = makeScope(attributes).attributes;
    const before = this.#scope.attributes;
    const undo: Undo = new Map(Object.keys(added).map((key) => [key, own(before, key)]));
    const traceBefore = this.#trace;
    this.#change(makeScope(added, before), trace ?? traceBefore);
    this.#remember(undo);
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.#forget(undo);
      this.#change(restored(this.#scope.attributes, undo), trace === undefined ? this.#trace : traceBefore);
    };
  }

  /** Removes attributes; those that are missing are none. */
  unbind(keys: readonly string[]): void {
    this.#change(without(this.#scope.attributes, keys), this.#trace);
  }

  /** Removes all attributes and the trace. */
  clear(): void {
    this.#change(EMPTY, undefined);
  }

  /**
   * What a record carries.
   *
   * @param own What its logger adds, which wins.
   * @param trace The trace of the moment as the fields of a line, or empty.
   * @returns Both together.
   */
  join(own: Scope | undefined, trace: string): Scope | undefined {
    let joined = this.#joined.get(own);
    if (joined === undefined) {
      joined = joinScopes(this.#scope, own);
      if (this.#joined.size >= MAX_JOINED) this.#joined.clear();
      this.#joined.set(own, joined);
    }
    this.lastOwn = own;
    this.lastTrace = trace;
    return this.last = trace === "" ? joined : withTrace(joined, trace);
  }

  #change(scope: Scope, trace: Trace | undefined): void {
    this.#scope = scope;
    this.#trace = trace;
    this.#traceText = trace === undefined ? "" : traceText(trace);
    this.#joined.clear();
    this.lastOwn = UNSEEN;
    this.last = undefined;
  }

  #remember(undo: Undo): void {
    const undos = this.#undos ??= new Set();
    undos.add(undo);
    if (undos.size <= MAX_UNDOS) return;
    for (const oldest of undos) {
      // Where it is undone, nobody could tell the later ones. So they are told now: rather is a value not put back than one put back for ever
      // that is long over.
      const left = this.#forget(oldest);
      oldest.clear();
      for (const [key, value] of left) oldest.set(key, value);
      break;
    }
  }

  /**
   * A binding is undone: a later one must not bring its values back, should it be undone after it.
   *
   * @returns What no later one has bound again.
   */
  #forget(undo: Undo): Undo {
    const open = new Map(undo);
    // All are later than one that is not remembered any more.
    let isLater = this.#undos?.has(undo) !== true;
    for (const other of this.#undos ?? []) {
      if (isLater) {
        for (const [key, value] of open) {
          if (other.has(key)) {
            other.set(key, value);
            open.delete(key);
          }
        }
      }
      isLater ||= other === undo;
    }
    this.#undos?.delete(undo);
    return open;
  }
}

/**
 * Puts the attributes of two scopes together; a logger's own are never cut to make room for those around it.
 *
 * @param outer What is around.
 * @param own What the logger adds; it wins.
 */
function joinScopes(outer: Scope, own: Scope | undefined): Scope | undefined {
  if (own === undefined) return outer.text === "" ? undefined : outer;
  const rest = (outer.mask & own.mask) === 0 ? outer : without(outer.attributes, Object.keys(own.attributes));
  if (rest.text === "") return own;
  return {
    text: flat(`${rest.text},${own.text}`),
    mask: rest.mask | own.mask,
    attributes: { ...rest.attributes, ...own.attributes },
    trace: "",
  };
}

/** A scope of attributes of which some are left out. */
function without(attributes: PlainAttributes, keys: readonly string[]): Scope {
  return restored(attributes, new Map(keys.map((key) => [key, undefined])));
}

/** A scope of attributes of which some are put back. */
function restored(attributes: PlainAttributes, undo: Undo): Scope {
  const left = { ...attributes };
  for (const [key, value] of undo) {
    if (value === undefined) delete left[key];
    // Not an assignment: "__proto__" is a key like any other.
    else Object.defineProperty(left, key, { value, configurable: true, enumerable: true, writable: true });
  }
  return makeScope(left);
}

function own(attributes: PlainAttributes, key: string): unknown {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}
