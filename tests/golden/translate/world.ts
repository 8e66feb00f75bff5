/**
 * The state of a case while its steps are walked through: what a process has, and what all of them share.
 *
 * @module
 */
import type { Json, JsonObject } from "../driver/json.ts";
import type { Step } from "../driver/types.ts";
import type { Disk } from "./disk.ts";
import type { Item, ProcessExpectation, ProcessMask, Said, TextMask } from "./expectation.ts";
import type { Expected, ExpectedObject } from "./mask.ts";
import { MetricModel } from "./metric_model.ts";
import type { PythonOut } from "./python_out.ts";
import { Renderer } from "./render.ts";
import { numberOfLevel, StdModel } from "./std_model.ts";
import { sayToChain } from "./steps_std.ts";

/** Thrown where a step raises in TypeScript; `attempt` catches it. */
export class Raised extends Error {}

/** Thrown where the process ends. */
export class Ended extends Error {
  /** Exit code. */
  readonly code: number;
  /** Do exit hooks run? */
  readonly isHard: boolean;

  /**
   * @param code Exit code.
   * @param isHard Without hooks.
   */
  constructor(code: number, isHard: boolean) {
    super("ended");
    this.code = code;
    this.isHard = isHard;
  }
}

/** What `init` has settled. */
export interface Active {
  /** Resource of every record. */
  readonly resource: ExpectedObject;
  /** Absolute directory; `undefined` for standard output. */
  readonly directory: string | undefined;
  /** Lowest severity. */
  readonly threshold: number;
}

/** A record that is not written yet. */
export interface Waiting {
  /** Which channel. */
  readonly channel: "logs" | "metrics";
  /** Its directory; `undefined` for standard output. */
  readonly directory: string | undefined;
  /** It. */
  readonly item: Item;
}

/** A log record without its resource. */
export interface Held {
  /** Severity number. */
  readonly level: number;
  /** Everything but the resource. */
  readonly record: ExpectedObject;
}

/** What all processes of a case share. */
export interface Shared {
  /** Files. */
  readonly disk: Disk;
  /** Rows that made a difference. */
  readonly rules: Set<string>;
  /** Directories in which the last run did not end well. */
  readonly unclean: Set<string>;
  /** Rows that the case names. */
  readonly see: ReadonlySet<string>;
  /** Does the driver run as the user who may do everything? */
  readonly isRoot: boolean;
  /** Does a step that is given do other steps? */
  readonly walk: (world: World, step: Step) => void;
}

/** A process. */
export class World {
  /** What all share. */
  readonly shared: Shared;
  /** Environment. */
  readonly environment: Map<string, string>;
  /** What Python pushed. */
  readonly python: PythonOut;
  /** Working directory. */
  cwd: string;
  /** Milliseconds that steps have taken. */
  clock = 0;
  /** What is initialised. */
  active: Active | undefined;
  /** Further limits. */
  limits: JsonObject = new Map();
  /** Did Python refuse the `init` of this moment? Then so do we. */
  pythonRefused = false;
  /** Is this an ordinary user? */
  isUnprivileged = false;
  /** Standard output that nobody reads. */
  stdoutMode: "read" | "closed" | "blocked" = "read";
  /** Packages, the nearest first. */
  readonly packages: { readonly name: string; readonly version: string }[] = [];
  /** Variables of `let`. */
  readonly variables: Map<string, Json> = new Map();
  /** Values of `config`. */
  readonly configs: Map<string, JsonObject> = new Map();
  /** Last good values by file. */
  readonly goodConfigs: Map<string, JsonObject> = new Map();
  /** Timers of `new_timer`. */
  readonly timers: Map<string, { readonly name: Json; readonly options: JsonObject }> = new Map();
  /** Records before `init` and after `shutdown`. */
  held: Held[] = [];
  /** Records that were written, or will be. */
  waiting: Waiting[] = [];
  /** Has an error ended it that nobody caught? */
  hasCrashed = false;
  /** Has `shutdown` ended it? */
  wasShutDown = false;
  /** Was a record given up that a record of the SDK's own may report? */
  hasLosses = false;
  /** What the last `init` populated; it stays after `shutdown`. */
  populated: ExpectedObject = new Map();
  /** The standard library's logging. */
  readonly std: StdModel = new StdModel();
  /** The error that is being handled. */
  handled: JsonObject | undefined;
  /** Exit hooks, and whether they were there before `init`. */
  readonly hooks: { readonly steps: readonly Step[]; readonly wasActive: boolean }[] = [];
  /** Metrics. */
  readonly metrics: MetricModel;
  /** Values. */
  readonly renderer: Renderer;
  readonly #out: (Expected | ProcessMask | TextMask)[] = [];
  readonly #stdout: Item[] = [];
  readonly #said: Said[] = [];
  /** Messages from before the first `init`, which wait for it. */
  #saidBefore: Said[] | undefined = [];
  #uncaught: string | undefined;

  /**
   * @param shared What all share.
   * @param environment Environment.
   * @param cwd Working directory.
   * @param python What Python pushed.
   */
  constructor(shared: Shared, environment: ReadonlyMap<string, string>, cwd: string, python: PythonOut) {
    this.shared = shared;
    this.environment = new Map(environment);
    this.cwd = cwd;
    this.python = python;
    this.renderer = new Renderer((row) => this.apply(row), this.variables);
    this.metrics = new MetricModel(this.renderer, (row) => this.apply(row), () => this.say("pontem.sdk", "WARN"));
  }

  /** Notes a row that made a difference. */
  apply(row: string): void {
    this.shared.rules.add(row);
  }

  /** Something is pushed. */
  push(entry: Expected | ProcessMask | TextMask): void {
    this.#out.push(entry);
  }

  /** The SDK says something: to the loggers that are bridged, else on standard error. */
  say(name: string, level: string, required = true): void {
    const said = { name, level, required };
    if (this.#saidBefore !== undefined && name !== "pontem.config") this.#saidBefore.push(said);
    else if (this.std.isInstalled) sayToChain(this, name, numberOfLevel(level), required);
    else {
      if (this.std.hasHandlers) this.apply("own-messages");
      if (level !== "DEBUG") this.#said.push(said);
    }
  }

  /** From here on messages do not wait. */
  speak(): void {
    const before = this.#saidBefore ?? [];
    this.#saidBefore = undefined;
    for (const { name, level, required } of before) this.say(name, level, required);
  }

  /** A line appears on standard output. */
  print(item: Item): void {
    if (this.stdoutMode === "read") this.#stdout.push(item);
  }

  /** An error ends the process. */
  die(message: string): void {
    this.#uncaught = message;
  }

  /** An environment variable; an empty one is none. */
  env(name: string): string | undefined {
    const value = this.environment.get(name);
    return value === "" ? undefined : value;
  }

  /** What the process leaves. */
  expectation(exit: number): ProcessExpectation {
    const said = [...this.#said, ...this.#saidBefore ?? []].filter(({ level }) => level !== "DEBUG");
    return { out: this.#out, stdout: this.#stdout, said, uncaught: this.#uncaught, exit };
  }
}
