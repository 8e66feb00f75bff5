/**
 * The configuration of a sink after the check.
 *
 * @module
 */
import type {
  CloudWatchSinkConfig,
  FileSinkConfig,
  LokiSinkConfig,
  OtlpSinkConfig,
  SplunkSinkConfig,
  StdoutSinkConfig,
} from "./sink_config.ts";

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
