/**
 * The side of the model: what the SDK is expected to do, in Maps, with the context handed on by hand.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import type { Expected, ExpectedObject } from "../translate/mask.ts";
import { severityText } from "../translate/severity.ts";
import { noteCall } from "./model_call.ts";
import { type ModelEvent, type Note, runChain } from "./model_chain.ts";
import { ModelFrame } from "./model_frame.ts";
import {
  beforeFilter,
  bindings,
  finallyDone,
  merged,
  type ModelLogger,
  type ModelPlace,
  type Outcome,
  shownValues,
  withoutError,
} from "./model_state.ts";
import { attributesOf, bodyOf, Variables } from "./model_value.ts";
import type { RuleName } from "./rules.ts";
import { ROOT_LEVEL, type Setup, severityOf, thresholdOf } from "./setup.ts";
import type { Call, Side, Steps } from "./side.ts";
import { isoText, START } from "./time.ts";

/** The side. */
export class ModelSide implements Side<ModelLogger, ModelPlace> {
  readonly place: ModelPlace = { frame: new ModelFrame(), taint: new Set() };
  /** What comes, in order. */
  readonly out: Outcome[] = [];
  /** Rules that were met at all. */
  readonly rules: Set<RuleName> = new Set();
  readonly #variables = new Variables();
  #root = ROOT_LEVEL;
  #microseconds = START;
  #attempts = 0;
  #isBeyond = false;
  #isOver = false;
  /** Why structlog may not have raised what is raised next. */
  #whyRaised: ReadonlySet<RuleName> | undefined;

  /** Nothing is taken any more. */
  end(): void {
    this.#isOver = true;
  }

  clock(microseconds: number): void {
    this.#microseconds = microseconds;
  }

  level(python: number): void {
    this.#root = python;
  }

  getLogger(setup: Setup, name: string | undefined, values: JsonObject): ModelLogger {
    const bound: ExpectedObject = new Map(name === undefined ? [] : [["logger.name", name]]);
    const empty = { setup, name, bound, refs: new Set<string>(), taint: new Set<RuleName>(), isFirst: true };
    return { ...this.bind(empty, values), isFirst: true };
  }

  bind(log: ModelLogger, values: JsonObject): ModelLogger {
    const taint = new Set(log.taint);
    const added = attributesOf(values, this.#variables, (rule) => taint.add(rule));
    return {
      ...log,
      bound: merged(log.bound, added),
      refs: new Set([...log.refs, ...this.#variables.namesIn(values)]),
      taint,
      isFirst: false,
    };
  }

  renew(log: ModelLogger, values: JsonObject): ModelLogger {
    const made = this.getLogger(log.setup, log.name, values);
    // In structlog a logger of `get_logger` is made anew with its values for each call.
    const differs = log.isFirst ? made : log;
    if (bindings(log).size > 0) {
      differs.taint.add("new-keeps");
      this.rules.add("new-keeps");
    }
    return { ...made, isFirst: false };
  }

  unbind(log: ModelLogger, keys: readonly string[]): ModelLogger {
    const left = new Map(log.bound);
    // A logger that holds something else in structlog may raise there and not here, or the other way round.
    this.#whyRaised = log.taint;
    if (log.taint.has("new-keeps") && this.#attempts === 0) this.#isBeyond = true;
    for (const key of keys) {
      if (!left.has(key) || key === "logger.name") throw new RangeError(`"${key}" is not bound`);
      left.delete(key);
    }
    return { ...log, bound: left, taint: new Set(log.taint), isFirst: false };
  }

  tryUnbind(log: ModelLogger, keys: readonly string[]): ModelLogger {
    const left = new Map([...log.bound].filter(([key]) => key === "logger.name" || !keys.includes(key)));
    return { ...log, bound: left, taint: new Set(log.taint), isFirst: false };
  }

  log(log: ModelLogger, call: Call, place: ModelPlace): void {
    const rules = new Set([...log.taint, ...place.frame.taint, ...place.taint]);
    if (this.#variables.haveChanged([...log.refs, ...place.frame.refs])) rules.add("bound-once");
    const note: Note = (rule, raises = false) => {
      rules.add(rule);
      this.rules.add(rule);
      if (raises && this.#attempts === 0) this.#isBeyond = true;
    };
    const wasBeyond = this.#isBeyond;
    noteCall(log, call, place, note);
    // What structlog's processors did to a list stays in it.
    if (rules.has("no-leak")) { for (const taint of [log.taint, place.frame.taint]) taint.add("no-leak"); }
    const { severity } = call;
    const own = attributesOf(call.attributes, this.#variables, () => {});
    attributesOf(withoutError(call.attributes), this.#variables, note);
    const event: ModelEvent = {
      body: bodyOf(call.event, this.#variables, note),
      attributes: merged(merged(place.frame.values, log.bound), own),
      severity,
    };
    if (severity < thresholdOf(log.setup, this.#root)) {
      runChain(event, beforeFilter(log.setup, severity), call, note);
      return;
    }
    if (!runChain(event, log.setup, call, note)) return;
    this.#push(
      new Map<string, Expected>([
        ["timestamp", isoText(this.#microseconds)],
        ["severityNumber", new JsonNumber(String(severity))],
        ["severityText", severityText(severity)],
        ["body", event.body],
        ["attributes", event.attributes],
      ]),
      rules,
      log.setup,
      wasBeyond || this.#isBeyond,
    );
  }

  bound(log: ModelLogger): void {
    this.#push(new Map([["$bound", bindings(log)]]), this.#why(log));
  }

  merged(log: ModelLogger, { frame }: ModelPlace): void {
    this.#push(new Map([["$merged", merged(frame.values, bindings(log))]]), this.#why(log, frame));
  }

  context({ frame }: ModelPlace): void {
    this.#push(new Map([["$context", new Map(frame.values)]]), this.#why(undefined, frame));
  }

  #why(log?: ModelLogger, frame?: ModelFrame): Set<RuleName> {
    const rules = new Set([...log?.taint ?? [], ...frame?.taint ?? []]);
    if (this.#variables.haveChanged([...log?.refs ?? [], ...frame?.refs ?? []])) rules.add("bound-once");
    return rules;
  }

  enabled(log: ModelLogger, python: number): void {
    const isOn = severityOf(python) >= thresholdOf(log.setup, this.#root);
    const { kind, level } = log.setup.wrapper;
    const inPython = python >= (kind === "filtering" ? level : this.#root);
    this.#push(new Map([["$enabled", isOn]]), new Set(isOn === inPython ? [] : ["all-on"]));
  }

  contextBind(values: JsonObject, { frame }: ModelPlace): (place: ModelPlace) => void {
    for (const name of this.#variables.namesIn(values)) frame.refs.add(name);
    const undo = frame.bind(attributesOf(values, this.#variables, (rule) => frame.taint.add(rule)));
    let isUsed = false;
    return (place) => {
      if (isUsed || place.frame !== frame) this.#raisesInPython("undo", [place.frame, frame]);
      isUsed = true;
      undo();
    };
  }

  #raisesInPython(rule: RuleName, frames: readonly ModelFrame[]): void {
    this.rules.add(rule);
    for (const frame of frames) frame.taint.add(rule);
    if (this.#attempts === 0) this.#isBeyond = true;
  }

  contextUnbind(keys: readonly string[], { frame }: ModelPlace): void {
    frame.remove(keys);
  }

  contextClear({ frame }: ModelPlace): void {
    frame.remove();
  }

  scope(values: JsonObject, { frame, taint }: ModelPlace, steps: Steps<ModelPlace>): void | Promise<void> {
    const inner = new ModelFrame(frame);
    this.contextBind(values, { frame: inner, taint });
    const touched = inner.watch();
    const done = (): void => {
      for (const rule of inner.taint) frame.taint.add(rule);
      if ([...touched()].some((key) => !values.has(key))) frame.taint.add("scope");
    };
    return finallyDone(() => steps({ frame: inner, taint }), done);
  }

  copied({ frame, taint }: ModelPlace, steps: Steps<ModelPlace>): void | Promise<void> {
    return steps({ frame: new ModelFrame(frame), taint });
  }

  fresh({ taint }: ModelPlace, steps: Steps<ModelPlace>): void | Promise<void> {
    return steps({ frame: new ModelFrame(), taint });
  }

  timer(ms: number, { frame, taint }: ModelPlace, steps: Steps<ModelPlace>): Promise<void> {
    const then = shownValues(frame);
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        const isSame = shownValues(frame) === then;
        const touched = frame.watch();
        const done = (): void => {
          if (touched().size > 0) frame.taint.add("timer");
        };
        const inside = { frame, taint: new Set(isSame ? taint : [...taint, "timer" as const]) };
        Promise.resolve(finallyDone(() => steps(inside), done)).then(resolve, reject);
      }, ms);
    });
  }

  let(name: string, value: Json): void {
    this.#variables.set(name, value);
  }

  push(name: string, value: Json): void {
    this.#variables.push(name, value);
  }

  raised(): void {
    this.#push(new Map([["$raised", true]]), new Set(this.#whyRaised));
  }

  attempting(inside: boolean): void {
    this.#attempts += inside ? 1 : -1;
    if (inside) this.#whyRaised = undefined;
  }

  #push(expected: ExpectedObject, rules: Set<RuleName>, setup?: Setup, isBeyond = this.#isBeyond): void {
    if (this.#isOver) return;
    for (const rule of rules) this.rules.add(rule);
    this.out.push({ expected, setup, rules, isBeyond });
  }
}
