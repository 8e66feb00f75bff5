/**
 * The options of `init`, as a user gives them. What is in force is in `settings.ts`.
 *
 * @module
 */
import type { Bridge } from "../bridge/bridge.ts";
import type { ConsoleObject } from "../bridge/console.ts";
import type { DiagnosticsOption } from "../diagnostics.ts";
import type { Durability } from "../emit/log_writer.ts";
import type { Processor } from "../log/processor/processor.ts";
import type { RedactSettings } from "../log/processor/redactor.ts";
import type { Runtime } from "../port/host.ts";
import type { LevelLike } from "../record/level.ts";
import type { Resource } from "../record/resource.ts";

/** A config value that levels follow. */
export interface LevelsFromOptions {
  /** Name of the config file without `.json`. */
  readonly namespace: string;
  /** Name of the value in it. */
  readonly key: string;
}

/** What is kept at home: TRACE and DEBUG that never leave the machine. */
export interface DebugOptions {
  /** Lowest level that is kept, TRACE or DEBUG, for loggers without a level of their own. @default {"DEBUG"} */
  readonly level?: LevelLike | undefined;
  /** How long records are kept, in hours. @default {24} */
  readonly retentionHours?: number | undefined;
  /** Bytes of all files together, whichever process wrote them; the oldest go first. @default {67_108_864} */
  readonly maxBytes?: number | undefined;
}

/** When files are rotated. */
export interface RotationOptions {
  /** Largest file in bytes; a single larger record makes a larger file. @default {10_485_760} */
  readonly maxBytes?: number | undefined;
  /** Age in milliseconds after which a file is rotated at the next record. @default {undefined} */
  readonly everyMs?: number | undefined;
  /** Compress rotated files? @default {true} */
  readonly gzip?: boolean | undefined;
}

/** How long rotated files are kept. */
export interface RetentionOptions {
  /** Rotated files per channel. @default {5} */
  readonly maxFiles?: number | undefined;
  /** Age in milliseconds; the newest file always stays. @default {undefined} */
  readonly maxAgeMs?: number | undefined;
  /** Bytes of all rotated files of a channel. @default {undefined} */
  readonly maxTotalBytes?: number | undefined;
}

/** Bounds of the queue between the log call and the writer. */
export interface QueueOptions {
  /** Records that may wait. @default {10_000} */
  readonly maxRecords?: number | undefined;
  /** Estimated bytes that may wait. @default {8_388_608} */
  readonly maxBytes?: number | undefined;
  /** What gives when the queue is full; ERROR and FATAL go last. @default {"drain"} */
  readonly overflow?: "drain" | "drop-oldest" | "drop-newest" | undefined;
}

/** Options of `init`. */
export interface InitOptions {
  /** Name of the service, `[A-Za-z0-9._-]{1,128}`; it becomes `service.name` and a part of the default directory. */
  readonly serviceName: string;
  /** Version of the service. @default {detected from the manifest of the main module} */
  readonly serviceVersion?: string | undefined;
  /** More resource attributes. @default {{}} */
  readonly resource?: Resource | undefined;
  /** Where records go. Variable: PONTEM_EMIT_TARGET. @default {"file"} */
  readonly emitTarget?: "file" | "stdout" | undefined;
  /** Directory of the files. Variable: PONTEM_EMIT_DIR. @default {"/var/lib/pontem/services/<serviceName>/logs"} */
  readonly emitDir?: string | undefined;
  /** Directory of the configuration. Variable: PONTEM_CONFIG_DIR. @default {"/var/lib/pontem/config"} */
  readonly configDir?: string | undefined;
  /** Lowest level that is taken. Variable: PONTEM_LOG_LEVEL. @default {"TRACE"} */
  readonly level?: LevelLike | undefined;
  /**
   * Levels by prefix of the logger's name, the longest wins; "net" is for "net" and "net.http". Variable: PONTEM_LOG_LEVELS,
   * `camera=DEBUG,net=WARN`. @default {{}}
   */
  readonly levels?: Readonly<Record<string, LevelLike>> | undefined;
  /**
   * A config value whose levels are followed while running; they win over `level` and `levels`. It is a level, an object as `levels` has it, or
   * `{ level, levels, until }`, which holds until then and falls back by itself. @default {undefined}
   */
  readonly levelsFrom?: LevelsFromOptions | undefined;
  /** Keep TRACE and DEBUG in hourly files under `.pontem/debug/`, apart from what is shipped; only with files. @default {false} */
  readonly debug?: boolean | DebugOptions | undefined;
  /** `"flash"`: for flash cards, 1 MiB x 3, metrics each 60 s, no sync but on FATAL, rotation and shutdown. Single options still win. @default {undefined} */
  readonly profile?: "flash" | undefined;
  /** When files are rotated. */
  readonly rotation?: RotationOptions | undefined;
  /** How long rotated files are kept. */
  readonly retention?: RetentionOptions | undefined;
  /** Milliseconds from the first waiting record to the write. @default {200} */
  readonly flushIntervalMs?: number | undefined;
  /** Milliseconds between metric records. @default {10_000} */
  readonly metricsIntervalMs?: number | undefined;
  /** Bounds of the queue. */
  readonly queue?: QueueOptions | undefined;
  /** When written records are synced to the device. @default {"error"} */
  readonly durability?: Durability | undefined;
  /** Functions that see each record at the call and may change or drop it, in order. @default {[]} */
  readonly processors?: readonly Processor[] | undefined;
  /**
   * Attributes that are not to be seen, by path (`"password"`, `"user.email"`, see `redact`), after all processors: in records, whatever they come
   * from, in metrics and through bridges. The body is not touched. Should it fail, nothing but the body is written. @default {[]}
   */
  readonly redact?: readonly string[] | RedactSettings | undefined;
  /** Flush on SIGTERM, SIGINT and SIGHUP. @default {true} */
  readonly signals?: boolean | undefined;
  /** Series per metric. @default {2_000} */
  readonly cardinalityLimit?: number | undefined;
  /** Record memory, CPU and event-loop delay of the process as metrics. @default {false} */
  readonly runtimeMetrics?: boolean | undefined;
  /** Write a record at start about how the last run ended. @default {"unclean"} */
  readonly runRecord?: "unclean" | "always" | false | undefined;
  /** Leave a FATAL record of an error that nobody caught. @default {true} */
  readonly crashRecord?: boolean | undefined;
  /**
   * Loggers that write wire lines to their own destinations from here on: `true`: the console; or a list such as
   * `[console, winston(logger)]`. Those of pino and LogTape are made with the options of their bridges instead. @default {false}
   */
  readonly stdlibLogging?: boolean | readonly (Bridge | ConsoleObject)[] | undefined;
  /** Where the SDK's own messages go. @default {the bridged loggers, else stderr, WARN and above} */
  readonly diagnostics?: DiagnosticsOption | undefined;
  /** A port set of your own. @default {detected} */
  readonly runtime?: Runtime | undefined;
}
