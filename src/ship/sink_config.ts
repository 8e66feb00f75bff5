/**
 * The configuration of a sink, as `ship.jsonc` and code write it.
 *
 * @module
 */
import type { LevelLike } from "../record/level.ts";
import type { SecretSource } from "./secret.ts";

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
  /** Where it is, such as `http://loki:3100`; `/loki/api/v1/push` is added unless it stands there. */
  readonly url: string;
  /** Tenant, sent as `X-Scope-OrgID`. */
  readonly tenant?: string | undefined;
  /**
   * Labels that every stream has. One that a resource gives, too, is overridden.
   *
   * @default {{}}
   */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Resource attributes that become labels. Each of their values makes a stream: take none with many values.
   *
   * @default {["service.name", "device.id"]}
   */
  readonly resourceLabels?: readonly string[] | undefined;
  /**
   * Send uid, level, logger, trace and the resource beside the line. `false` only for a Loki that has structured metadata switched off:
   * records without a uid that are equal in time and text become one there.
   *
   * @default {true}
   */
  readonly structuredMetadata?: boolean | undefined;
  /**
   * Send the attributes of each record as metadata, too. Its line has them already; this costs time for parsing it.
   *
   * @default {false}
   */
  readonly attributes?: boolean | undefined;
  /**
   * Longer lines are cut and marked, bytes; 1,024 to 16 MiB.
   *
   * @default {262144}
   */
  readonly maxLineBytes?: number | undefined;
  /**
   * Records older than this are dead letters at once, milliseconds; without it Loki is asked, which refuses them by its own rule.
   *
   * @default {undefined}
   */
  readonly rejectOlderThanMs?: number | undefined;
  /**
   * Take status 200 for a success, for a gateway that answers so. Loki itself answers 204.
   *
   * @default {false}
   */
  readonly accept200?: boolean | undefined;
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
