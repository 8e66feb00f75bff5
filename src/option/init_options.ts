/**
 * The options of `init`, as a user gives them. What is in force is in `settings.ts`.
 *
 * @module
 */
import type { DiagnosticsOption } from "../diagnostics.ts";
import type { Durability } from "../emit/log_writer.ts";
import type { Processor } from "../log/processor/processor.ts";
import type { Runtime } from "../port/host.ts";
import type { LevelLike } from "../record/level.ts";
import type { Resource } from "../record/resource.ts";

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
  /** Where the SDK's own messages go. @default {stderr, WARN and above} */
  readonly diagnostics?: DiagnosticsOption | undefined;
  /** A port set of your own. @default {detected} */
  readonly runtime?: Runtime | undefined;
}
