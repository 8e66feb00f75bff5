/**
 * Sink for AWS CloudWatch Logs: PutLogEvents. A request holds events of one group and stream and of one day, so that their times never span
 * more than the 24 hours that AWS allows, sorted by time as AWS asks for it.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import type { AwsSigner } from "../aws/sign.ts";
import type { Exchange, SinkResponse } from "../exchange.ts";
import type { Lane } from "../lane.ts";
import type { Outcome } from "../outcome.ts";
import { awsName } from "./cloudwatch_names.ts";
import { awsError, cloudWatchOutcome, refusesCredentials } from "./cloudwatch_outcome.ts";
import { utf8Bytes } from "./cut_text.ts";
import { reasonOf } from "./http_status.ts";
import type { Batch, BatchLimits, Sink } from "./sink.ts";

/** Limits of PutLogEvents (API reference): bytes of a request, bytes that each event counts more, events. */
const MAX_BYTES = 1_048_576;
const EVENT_BYTES = 26;
const MAX_EVENTS = 10_000;
/** Older events are refused; a margin for the way. */
const MAX_AGE_MS = 14 * 86_400_000 - 300_000;
/** Events further in the future are refused; a margin for the clock. */
const MAX_AHEAD_MS = 2 * 3_600_000 - 60_000;
const DAY_SECONDS = 86_400;

/** How records go to CloudWatch Logs. */
export interface CloudWatchOptions {
  /** Region, such as `eu-west-2`. */
  readonly region: string;
  /** Sends signed requests; must not compress. */
  readonly exchange: Exchange;
  /** What signs them: told when a signature is refused. */
  readonly signer: AwsSigner;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
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
  /** Bounds of a request, within those of AWS. */
  readonly limits?: BatchLimits | undefined;
}

/**
 * Makes a sink for CloudWatch Logs.
 *
 * @param options How.
 * @returns The sink.
 */
export function cloudWatchSink(options: CloudWatchOptions): Sink {
  return new CloudWatchSink(options);
}

/** One event of a request. */
interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

class CloudWatchSink implements Sink {
  readonly type = "cloudwatch";
  readonly limits: BatchLimits;
  readonly #options: CloudWatchOptions;
  readonly #url: string;

  constructor(options: CloudWatchOptions) {
    const { region, endpoint, limits } = options;
    this.#options = options;
    this.#url = endpoint ?? `https://logs.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`;
    this.limits = {
      maxRecords: Math.min(limits?.maxRecords ?? MAX_EVENTS, MAX_EVENTS),
      maxBytes: Math.min(limits?.maxBytes ?? MAX_BYTES, MAX_BYTES),
    };
  }

  key({ resource, seconds }: StoredRecord, _lane: Lane): string {
    const { group = "/pontem/{service.name}", stream = "{device.id}" } = this.#options;
    const day = Math.floor(seconds / DAY_SECONDS);
    return JSON.stringify([awsName(group, resource, "group"), awsName(stream, resource, "stream"), day]);
  }

  size(record: StoredRecord): number {
    return utf8Bytes(messageOf(record)) + EVENT_BYTES;
  }

  refuse(record: StoredRecord, nowMs: number): string | undefined {
    const ageMs = nowMs - timeOf(record);
    if (ageMs > MAX_AGE_MS) return "older than the 14 days that CloudWatch takes";
    if (ageMs < -MAX_AHEAD_MS) return "further in the future than the 2 hours that CloudWatch takes";
    return this.size(record) > MAX_BYTES ? "larger than the 1 MiB that CloudWatch takes" : undefined;
  }

  async send({ records, key, lane }: Batch, signal: AbortSignal): Promise<Outcome> {
    const [logGroupName, logStreamName] = JSON.parse(key) as [string, string];
    const order = [...records.keys()].sort((a, b) => timeAt(records, a) - timeAt(records, b));
    const logEvents = order.map((place) => eventOf(records[place]));
    const put = () => this.#call("PutLogEvents", { logGroupName, logStreamName, logEvents }, lane, signal);
    let response = await put();
    if (refusesCredentials(response) && this.#mayHelp(response)) response = await put();
    if (awsError(response) === "ResourceNotFoundException" && this.#options.create !== false) {
      const failed = await this.#create(logGroupName, logStreamName, lane, signal);
      if (failed !== undefined) return outcomeOfCreate(failed, this.#options.host.wallClock());
      response = await put();
    }
    return cloudWatchOutcome(response, order, this.#options.host.wallClock());
  }

  /** With new credentials, or by the clock of AWS. */
  #mayHelp(response: SinkResponse): boolean {
    const { signer } = this.#options;
    if (signer.learn(response.header("date"))) return true;
    signer.forget();
    return awsError(response) !== "RequestExpired";
  }

  /** Makes what is not there; another shipper may do so in the same moment. */
  async #create(group: string, stream: string, lane: Lane, signal: AbortSignal): Promise<SinkResponse | undefined> {
    const { retentionDays } = this.#options;
    const made = await this.#call("CreateLogGroup", { logGroupName: group }, lane, signal);
    if (!isThere(made)) return made;
    if (made.status === 200 && retentionDays !== undefined) {
      const body = { logGroupName: group, retentionInDays: retentionDays };
      const kept = await this.#call("PutRetentionPolicy", body, lane, signal);
      if (kept.status !== 200) return kept;
    }
    const begun = await this.#call("CreateLogStream", { logGroupName: group, logStreamName: stream }, lane, signal);
    return isThere(begun) ? undefined : begun;
  }

  #call(action: string, body: unknown, lane: Lane, signal: AbortSignal): Promise<SinkResponse> {
    const headers = { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `Logs_20140328.${action}` };
    return this.#options.exchange({ url: this.#url, headers, body: JSON.stringify(body), lane }, signal);
  }
}

function isThere(response: SinkResponse): boolean {
  return response.status === 200 || awsError(response) === "ResourceAlreadyExistsException";
}

/** A group that cannot be made is no fault of the batch. */
function outcomeOfCreate(response: SinkResponse, nowMs: number): Outcome {
  const outcome = cloudWatchOutcome(response, [], nowMs);
  return outcome.kind === "retry" ? outcome : { kind: "hold", reason: reasonOf(response) };
}

function timeOf({ seconds, nanos }: StoredRecord): number {
  return seconds * 1_000 + Math.floor(nanos / 1e6);
}

function timeAt(records: readonly StoredRecord[], place: number): number {
  const record = records[place];
  return record === undefined ? 0 : timeOf(record);
}

function eventOf(record: StoredRecord | undefined): LogEvent {
  if (record === undefined) throw new Error("A batch has no such place");
  return { timestamp: timeOf(record), message: messageOf(record) };
}

/** The line, with the record's uid as its first key; a text line as it is. */
function messageOf(record: StoredRecord): string {
  const line = record.line.toWellFormed();
  if (record.kind === "text" || !line.startsWith("{")) return line === "" ? " " : line;
  return `{"log.record.uid":"${record.uid}"${line === "{}" ? "" : ","}${line.slice(1)}`;
}
