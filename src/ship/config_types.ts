/**
 * The configuration of a shipper, as `ship.jsonc` and code write it.
 *
 * @module
 */
import type { LevelLike } from "../record/level.ts";
import type { SecretSource } from "./secret.ts";

export type { SecretSource } from "./secret.ts";

/** When live and backlog lanes may send; all of what is given must hold. Errors are never held. */
export interface WhenConfig {
  /** Hours of the day, UTC: `"22-06"`, or several of them. */
  readonly hours?: string | readonly string[] | undefined;
  /** A file that must be there; with `!` before it, one that must not. */
  readonly file?: string | undefined;
  /** A program and its arguments; its exit code 0 says yes. */
  readonly command?: readonly string[] | undefined;
}

/** Bounds of one request. */
export interface BatchConfig {
  /**
   * Bytes of the records, uncompressed.
   *
   * @default {1000000}
   */
  readonly maxBytes?: number | undefined;
  /**
   * Records.
   *
   * @default {10000}
   */
  readonly maxRecords?: number | undefined;
  /**
   * How long a live record waits for others, in milliseconds.
   *
   * @default {5000}
   */
  readonly maxAgeMs?: number | undefined;
}

/** What all sinks have. */
export interface CommonSinkConfig {
  /**
   * Its name: of its cursors, its dead letters, and in messages.
   *
   * @default {its type}
   */
  readonly name?: string | undefined;
  /**
   * Lowest level that is sent.
   *
   * @default {all}
   */
  readonly minLevel?: LevelLike | undefined;
  /**
   * Attributes, or resource attributes, that records must have; a list passes any of its values.
   *
   * @default {{}}
   */
  readonly where?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Metrics: sent as they are, not at all, or rolled up over intervals.
   *
   * @default {true for OTLP, else false}
   */
  readonly metrics?: boolean | { readonly rollupMs: number } | undefined;
  /** When live and backlog lanes may send. */
  readonly when?: WhenConfig | undefined;
  /**
   * Requests at a time, 1 to 4.
   *
   * @default {2}
   */
  readonly concurrency?: number | undefined;
  /** Bounds of one request. */
  readonly batch?: BatchConfig | undefined;
}

/** What sinks over HTTP have. */
export interface HttpSinkConfig extends CommonSinkConfig {
  /**
   * A request takes no longer, in milliseconds.
   *
   * @default {60000}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Compress requests, where the receiver takes that?
   *
   * @default {true}
   */
  readonly gzip?: boolean | undefined;
  /**
   * May secrets go over the network in the clear?
   *
   * @default {false}
   */
  readonly insecure?: boolean | undefined;
  /**
   * More headers; a value may be a secret.
   *
   * @default {{}}
   */
  readonly headers?: Readonly<Record<string, SecretSource>> | undefined;
  /** Files with certificates, PEM. */
  readonly tls?: {
    /** Authorities that are trusted beside those of the system. */
    readonly ca?: string | undefined;
    /** Certificate of this device. */
    readonly cert?: string | undefined;
    /** Its key. */
    readonly key?: string | undefined;
  } | undefined;
}

/** Credentials. */
export type AuthConfig =
  | { readonly basic: { readonly user: string; readonly password: SecretSource } }
  | { readonly bearer: SecretSource };

/** Grafana Loki. */
export interface LokiSinkConfig extends HttpSinkConfig {
  /** The type. */
  readonly type: "loki";
  /** Where it is. */
  readonly url: string;
  /** Tenant. */
  readonly tenant?: string | undefined;
  /** Labels of every stream. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Resource attributes that become labels. */
  readonly resourceLabels?: readonly string[] | undefined;
  /** Credentials. */
  readonly auth?: AuthConfig | undefined;
}

/** Splunk HTTP Event Collector. */
export interface SplunkSinkConfig extends HttpSinkConfig {
  /** The type. */
  readonly type: "splunk";
  /** Where it is. */
  readonly url: string;
  /** Its token. */
  readonly token: SecretSource;
  /** Index. */
  readonly index?: string | undefined;
  /** Source type. */
  readonly sourcetype?: string | undefined;
  /** Wait for the indexers? */
  readonly acks?: boolean | undefined;
}

/** AWS CloudWatch Logs. */
export interface CloudWatchSinkConfig extends HttpSinkConfig {
  /** The type. */
  readonly type: "cloudwatch";
  /** Region. */
  readonly region: string;
  /** Log group; `{name}` stands for a resource attribute. */
  readonly group?: string | undefined;
  /** Log stream; `{name}` stands for a resource attribute. */
  readonly stream?: string | undefined;
  /** Days that a group which is made keeps its events. */
  readonly retentionDays?: number | undefined;
  /** Make groups and streams that are not there? */
  readonly create?: boolean | undefined;
  /** Another address than that of AWS. */
  readonly endpoint?: string | undefined;
}

/** OTLP over HTTP, JSON. */
export interface OtlpSinkConfig extends HttpSinkConfig {
  /** The type. */
  readonly type: "otlp";
  /** Where it is. */
  readonly url: string;
  /** Credentials. */
  readonly auth?: AuthConfig | undefined;
  /** Sign requests, as AWS asks for it. */
  readonly sigV4?: { readonly region: string; readonly service?: string | undefined } | undefined;
}

/** A file. */
export interface FileSinkConfig extends CommonSinkConfig {
  /** The type. */
  readonly type: "file";
  /** Its path. */
  readonly path: string;
  /** Bytes of one file. */
  readonly maxBytes?: number | undefined;
  /** Files that are kept. */
  readonly keep?: number | undefined;
}

/** Standard output. */
export interface StdoutSinkConfig extends CommonSinkConfig {
  /** The type. */
  readonly type: "stdout";
}

/** A sink. */
export type SinkConfigInput =
  | LokiSinkConfig
  | SplunkSinkConfig
  | CloudWatchSinkConfig
  | OtlpSinkConfig
  | FileSinkConfig
  | StdoutSinkConfig;

/** The configuration of a shipper. */
export interface ShipConfigInput {
  /** Emit directories, other directories with logs, files, or patterns of these (`*` and `?` within a part of a path). */
  readonly sources: readonly string[];
  /**
   * Directory of checkpoints, dead letters and own records.
   *
   * @default {"/var/lib/pontem/ship"}
   */
  readonly state?: string | undefined;
  /** Where records go; each has cursors of its own. */
  readonly sinks: readonly SinkConfigInput[];
  /** Log records below a level are not sent but counted: one record per level, logger and body says how many there were. */
  readonly summaries?: {
    /** @default {60000} */
    readonly intervalMs?: number | undefined;
    /** @default {"WARN"} */
    readonly below?: LevelLike | undefined;
  } | undefined;
  /** What each sink may put on the wire, compressed. */
  readonly budget?: {
    /** Bytes a second. */
    readonly bytesPerSecond?: number | undefined;
    /** Bytes a day, from midnight UTC. */
    readonly bytesPerDay?: number | undefined;
  } | undefined;
  /** Bounds of what waits; beyond them the oldest files are given up, their errors kept. */
  readonly caps?: {
    /** Bytes of rotated files in all directories. */
    readonly maxBytes?: number | undefined;
    /** Free bytes that are left on the disk. @default {67108864} */
    readonly keepFreeBytes?: number | undefined;
    /** Oldest age, milliseconds. */
    readonly maxAgeMs?: number | undefined;
  } | undefined;
  /**
   * Remove files that every sink has settled?
   *
   * @default {false}
   */
  readonly deleteAfterShip?: boolean | undefined;
  /** Keep settled files within bounds of their own. */
  readonly keepAfterShip?: {
    /** Bytes. */
    readonly maxBytes?: number | undefined;
    /** Age, milliseconds. */
    readonly maxAgeMs?: number | undefined;
  } | undefined;
  /** Bounds of the dead letters of each sink. */
  readonly deadLetters?: {
    /** @default {16777216} */
    readonly maxBytes?: number | undefined;
  } | undefined;
  /**
   * A record about the shipper this often, milliseconds; 0 for none.
   *
   * @default {3600000}
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * The first request waits a random part of this, milliseconds.
   *
   * @default {5000}
   */
  readonly startJitterMs?: number | undefined;
  /** Health and metrics on this machine. */
  readonly health?: {
    /** Port. */
    readonly port: number;
    /** @default {"127.0.0.1"} */
    readonly host?: "127.0.0.1" | "::1" | "localhost" | undefined;
  } | undefined;
}

/** All keys that have a default have a value. */
type Resolved<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]-?: Exclude<T[P], undefined> };

/** What all sinks have after the check. */
type CommonKeys = "name" | "concurrency";
/** What sinks over HTTP have after the check. */
type HttpKeys = CommonKeys | "timeoutMs" | "gzip" | "insecure" | "headers";
/** Bounds of one request, with their defaults. */
export interface ResolvedBatch {
  /** Its bounds. */
  readonly batch: { readonly maxBytes: number; readonly maxRecords: number; readonly maxAgeMs: number };
}

/** A sink after the check. */
export type SinkConfig =
  & (
    | Resolved<LokiSinkConfig, HttpKeys>
    | Resolved<SplunkSinkConfig, HttpKeys | "acks">
    | Resolved<CloudWatchSinkConfig, HttpKeys | "create">
    | Resolved<OtlpSinkConfig, HttpKeys>
    | Resolved<FileSinkConfig, CommonKeys>
    | Resolved<StdoutSinkConfig, CommonKeys>
  )
  & ResolvedBatch;

/** The configuration after the check: every default has its value. */
export interface ShipConfig {
  /** Where records come from. */
  readonly sources: readonly string[];
  /** Directory of checkpoints, dead letters and own records. */
  readonly state: string;
  /** Where they go. */
  readonly sinks: readonly SinkConfig[];
  /** Summaries. */
  readonly summaries?: { readonly intervalMs: number; readonly below: LevelLike } | undefined;
  /** Budget of each sink. */
  readonly budget: { readonly bytesPerSecond?: number | undefined; readonly bytesPerDay?: number | undefined };
  /** Bounds of what waits. */
  readonly caps: {
    readonly maxBytes?: number | undefined;
    readonly keepFreeBytes: number;
    readonly maxAgeMs?: number | undefined;
  };
  /** Remove files that every sink has settled? */
  readonly deleteAfterShip: boolean;
  /** Bounds of settled files that are kept. */
  readonly keepAfterShip?:
    | { readonly maxBytes?: number | undefined; readonly maxAgeMs?: number | undefined }
    | undefined;
  /** Bounds of dead letters. */
  readonly deadLetters: { readonly maxBytes: number };
  /** Interval of the heartbeat. */
  readonly heartbeatMs: number;
  /** Longest wait of the first request. */
  readonly startJitterMs: number;
  /** Health and metrics. */
  readonly health?: { readonly port: number; readonly host: "127.0.0.1" | "::1" | "localhost" } | undefined;
}
