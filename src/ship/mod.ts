/**
 * Ships records from the files of emit directories to Grafana Loki, Splunk, AWS CloudWatch, any OTLP receiver, files or standard output, with
 * every record accounted for: `written = acked + deadLettered + shed + pending`, at any moment.
 *
 * @module
 */
export type { AwsCredentials, CredentialsProvider } from "./aws/credentials.ts";
export { type ConfigProblem, ShipConfigError } from "./config_error.ts";
export type { ShipConfigInput } from "./config_types.ts";
export type { Account, Counters } from "./engine/ledger.ts";
export type { LaneHealth, LaneState } from "./engine/status.ts";
export type { ShipHealth, SinkHealth } from "./health.ts";
export type { Transport, WireRequest, WireResponse } from "./http_exchange.ts";
export type { Lane } from "./lane.ts";
export type { AuthConfig, BatchConfig, CommonSinkConfig, HttpSinkConfig, WhenConfig } from "./common_sink_config.ts";
export type { SecretSource } from "./secret.ts";
export { Shipper } from "./shipper.ts";
export type {
  CloudWatchSinkConfig,
  FileSinkConfig,
  LokiSinkConfig,
  OtlpSinkConfig,
  SinkConfigInput,
  SplunkSinkConfig,
  StdoutSinkConfig,
} from "./sink_config.ts";
export { type ShipOptions, startShipper } from "./start.ts";
