/**
 * The built-in modules of Node, which Deno and Bun have as well, loaded without a static `node:` import so that bundlers and
 * runtimes without them can still read the code.
 *
 * @module
 */

/** The `node:fs` module. */
export type FsModule = typeof import("node:fs");
/** The `node:zlib` module. */
export type ZlibModule = typeof import("node:zlib");
/** The `node:path` module. */
export type PathModule = typeof import("node:path");
/** The `node:os` module. */
export type OsModule = typeof import("node:os");
/** The `node:timers` module. */
export type TimersModule = typeof import("node:timers");
/** The `node:crypto` module. */
export type CryptoModule = typeof import("node:crypto");
/** The `node:async_hooks` module. */
export type AsyncHooksModule = typeof import("node:async_hooks");
/** The `node:util` module. */
export type UtilModule = typeof import("node:util");
/** The `node:http` module. */
export type HttpModule = typeof import("node:http");
/** The `node:net` module. */
export type NetModule = typeof import("node:net");
/** The process object. */
export type ProcessModule = typeof import("node:process");

/** What the adapters load. */
export interface Builtins {
  /** `node:fs`. */
  readonly fs: FsModule;
  /** `node:zlib`, loaded when first asked for: only rotation needs it. */
  readonly zlib: ZlibModule;
  /** `node:path`. */
  readonly path: PathModule;
  /** `node:os`. */
  readonly os: OsModule;
  /** `node:timers`. */
  readonly timers: TimersModule;
  /** `node:crypto`, loaded when first asked for: it costs 10 ms of start on Node. */
  readonly crypto: CryptoModule;
  /** `node:async_hooks`. */
  readonly asyncHooks: AsyncHooksModule;
  /** `node:util`. */
  readonly util: UtilModule;
  /** `node:http`, loaded when first asked for: only the health server needs it. */
  readonly http: HttpModule;
  /** `node:net`, the same. */
  readonly net: NetModule;
  /** The process object. */
  readonly process: ProcessModule;
}

/**
 * Loads the built-in modules.
 *
 * @returns The modules; each is loaded when it is first read.
 * @throws {Error} When the runtime has no `process.getBuiltinModule` (Node before 20.16).
 */
export function builtins(): Builtins {
  const proc = (globalThis as { process?: ProcessModule }).process;
  if (typeof proc?.getBuiltinModule !== "function") {
    throw new Error(
      'Cannot load "node:fs": this runtime has no process.getBuiltinModule. Use Deno 2, Bun 1.2, Node 20.16 or newer, or pass a "runtime" option.',
    );
  }
  return {
    get fs(): FsModule {
      return proc.getBuiltinModule("node:fs");
    },
    get zlib(): ZlibModule {
      return proc.getBuiltinModule("node:zlib");
    },
    get path(): PathModule {
      return proc.getBuiltinModule("node:path");
    },
    get os(): OsModule {
      return proc.getBuiltinModule("node:os");
    },
    get timers(): TimersModule {
      return proc.getBuiltinModule("node:timers");
    },
    get crypto(): CryptoModule {
      return proc.getBuiltinModule("node:crypto");
    },
    get asyncHooks(): AsyncHooksModule {
      return proc.getBuiltinModule("node:async_hooks");
    },
    get util(): UtilModule {
      return proc.getBuiltinModule("node:util");
    },
    get http(): HttpModule {
      return proc.getBuiltinModule("node:http");
    },
    get net(): NetModule {
      return proc.getBuiltinModule("node:net");
    },
    process: proc,
  };
}
