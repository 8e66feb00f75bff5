/**
 * Sink for AWS CloudWatch Logs: PutLogEvents. A request holds events of one group and stream and of one day, so that their times never span
 * more than the 24 hours that AWS allows, sorted by time as AWS asks for it.
 *
 * @module
 */
import { show } from "../../option/check.ts";
import type { Host } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import type { JsonMap } from "../../record/json_map.ts";
import { CredentialsError } from "../aws/credentials_error.ts";
import { awsErrorName } from "../aws/error.ts";
import type { AwsSigner } from "../aws/sign.ts";
import { signedExchange } from "../aws/signed_exchange.ts";
import type { Exchange, SinkResponse } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import type { CloudWatchSinkConfig } from "../sink_config.ts";
import { eventBytes, eventMs, isLargerThan, sortedEvents } from "./cloudwatch_event.ts";
import { type CallAction, LogGroups } from "./cloudwatch_groups.ts";
import { awsName, checkTemplate } from "./cloudwatch_names.ts";
import { cloudWatchOutcome } from "./cloudwatch_outcome.ts";
import { reasonOf } from "./http_status.ts";
import type { Batch, BatchLimits, Sink } from "./sink.ts";

/** Limits of a request of PutLogEvents (API reference): bytes, at 26 for each event beside its message, and events. */
const MAX_BYTES = 1_048_576;
const MAX_EVENTS = 10_000;
/** Older events are refused; a margin for the way. */
const MAX_AGE_MS = 14 * 86_400_000 - 300_000;
/** Events further in the future are refused; a margin for the clock. */
const MAX_AHEAD_MS = 2 * 3_600_000 - 60_000;
const DAY_SECONDS = 86_400;
const REGION = /^[a-z0-9-]{1,40}$/;
/** What PutRetentionPolicy takes (API reference). */
const RETENTION_DAYS: readonly number[] = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653],
];

/** What of the configuration is the sink's own business. */
type Configured = "region" | "group" | "stream" | "retentionDays" | "create" | "endpoint";

/** How records go to CloudWatch Logs. */
export interface CloudWatchOptions extends Pick<CloudWatchSinkConfig, Configured> {
  /** Sends signed requests; must not compress. */
  readonly exchange: Exchange;
  /** What signs them: told when a signature is refused. */
  readonly signer: AwsSigner;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
  /** Bounds of a request, within those of AWS. */
  readonly limits?: BatchLimits | undefined;
}

/**
 * Makes a sink for CloudWatch Logs.
 *
 * @param options How.
 * @returns The sink.
 * @throws {Error} When the region, the retention or a template is none that AWS takes.
 */
export function cloudWatchSink(options: CloudWatchOptions): Sink {
  return new CloudWatchSink(options);
}

class CloudWatchSink implements Sink {
  readonly type = "cloudwatch";
  readonly limits: BatchLimits;
  readonly #options: CloudWatchOptions;
  readonly #exchange: Exchange;
  readonly #groups: LogGroups;
  readonly #url: string;
  readonly #group: string;
  readonly #stream: string;
  /** Names for the resource of the last record, which is that of the next one mostly. */
  #resource: JsonMap | undefined;
  #names: readonly [group: string, stream: string] = ["", ""];

  constructor(options: CloudWatchOptions) {
    const { region, endpoint, limits, exchange, signer, retentionDays } = options;
    checkOptions(options);
    this.#options = options;
    this.#group = checkTemplate("group", options.group ?? "/pontem/{service.name}");
    this.#stream = checkTemplate("stream", options.stream ?? "{device.id}");
    this.#exchange = signedExchange(exchange, signer);
    this.#groups = new LogGroups(retentionDays);
    this.#url = endpoint ?? `https://logs.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`;
    this.limits = {
      maxRecords: Math.min(limits?.maxRecords ?? MAX_EVENTS, MAX_EVENTS),
      maxBytes: Math.min(limits?.maxBytes ?? MAX_BYTES, MAX_BYTES),
    };
  }

  key({ resource, seconds }: StoredRecord): string {
    if (resource !== this.#resource) {
      this.#names = [awsName(this.#group, resource, "group"), awsName(this.#stream, resource, "stream")];
      this.#resource = resource;
    }
    return JSON.stringify([...this.#names, Math.floor(seconds / DAY_SECONDS)]);
  }

  size(record: StoredRecord): number {
    return eventBytes(record);
  }

  refuse(record: StoredRecord, nowMs: number): string | undefined {
    const ageMs = nowMs - eventMs(record);
    if (ageMs > MAX_AGE_MS) return "older than the 14 days that CloudWatch takes";
    if (ageMs < -MAX_AHEAD_MS) return "further in the future than the 2 hours that CloudWatch takes";
    return isLargerThan(record, MAX_BYTES) ? "larger than the 1 MiB that CloudWatch takes" : undefined;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    try {
      return await this.#send(batch, signal);
    } catch (error) {
      // Who asks again at once gets the same: credentials come with time, or with somebody.
      if (error instanceof CredentialsError) return { kind: "hold", reason: error.message };
      throw error;
    }
  }

  async #send({ records, key, lane }: Batch, signal: AbortSignal): Promise<Outcome> {
    const { host, create = true } = this.#options;
    const [logGroupName, logStreamName] = JSON.parse(key) as [string, string];
    const { events, places } = sortedEvents(records);
    const call: CallAction = (action, body) => {
      const headers = { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": `Logs_20140328.${action}` };
      return this.#exchange({ url: this.#url, headers, body: JSON.stringify(body), lane }, signal);
    };
    let warning = await this.#groups.keep(call, logGroupName);
    let response = await call("PutLogEvents", { logGroupName, logStreamName, logEvents: events });
    if (create && isMissing(response)) {
      const failed = await this.#groups.make(call, logGroupName, logStreamName);
      if (failed !== undefined) return outcomeOfMake(failed, host.wallClock());
      warning = await this.#groups.keep(call, logGroupName);
      response = await call("PutLogEvents", { logGroupName, logStreamName, logEvents: events });
      // What was made is not everywhere at once.
      if (isMissing(response)) return { kind: "retry", reason: reasonOf(response) };
    }
    const outcome = cloudWatchOutcome(response, places, host.wallClock());
    return outcome.kind === "ack" && warning !== undefined ? { ...outcome, warning } : outcome;
  }
}

function isMissing(response: SinkResponse): boolean {
  return awsErrorName(response) === "ResourceNotFoundException";
}

/** A group that cannot be made is no fault of the batch. */
function outcomeOfMake(response: SinkResponse, nowMs: number): Outcome {
  const outcome = cloudWatchOutcome(response, [], nowMs);
  return outcome.kind === "retry" ? outcome : { kind: "hold", reason: reasonOf(response) };
}

function checkOptions({ region, retentionDays }: CloudWatchOptions): void {
  if (!REGION.test(region)) {
    throw new Error(
      `The region ${show(region)} of the sink "cloudwatch" is none: give it as AWS does, such as "eu-west-2"`,
    );
  }
  if (retentionDays !== undefined && !RETENTION_DAYS.includes(retentionDays)) {
    const nearest = RETENTION_DAYS.find((days) => days >= retentionDays) ?? RETENTION_DAYS.at(-1);
    throw new Error(
      `CloudWatch takes no "retentionDays" of ${retentionDays}: the next that it takes is ${nearest}, all are ${
        RETENTION_DAYS.join(", ")
      }`,
    );
  }
}
