/**
 * The configuration of a sink, as `ship.jsonc` and code write it.
 *
 * @module
 */
import type { AuthConfig, CommonSinkConfig, HttpSinkConfig } from "./common_sink_config.ts";
import type { SecretSource } from "./secret.ts";

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
  /** Where it is, such as `https://splunk:8088`; `/services/collector/event` is added unless it stands there. */
  readonly url: string;
  /** Its token. */
  readonly token: SecretSource;
  /** Index; the token's own without it. */
  readonly index?: string | undefined;
  /**
   * Source type.
   *
   * @default {"pontem"}
   */
  readonly sourcetype?: string | undefined;
  /**
   * Wait until the indexers have stored what was received?
   *
   * @default {false}
   */
  readonly acks?: boolean | undefined;
}

/** AWS CloudWatch Logs. */
export interface CloudWatchSinkConfig extends HttpSinkConfig {
  /** The type. */
  readonly type: "cloudwatch";
  /** Region, such as `eu-west-2`. */
  readonly region: string;
  /**
   * Log group; `{name}` stands for a resource attribute.
   *
   * @default {"/pontem/{service.name}"}
   */
  readonly group?: string | undefined;
  /**
   * Log stream; `{name}` stands for a resource attribute.
   *
   * @default {"{device.id}"}
   */
  readonly stream?: string | undefined;
  /** Days that a group which is made keeps its events; for ever without it. */
  readonly retentionDays?: number | undefined;
  /**
   * Make groups and streams that are not there?
   *
   * @default {true}
   */
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
