/**
 * CloudWatch sinks for tests: over scripted answers, or wired as in production and sent to a fake.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CredentialsCache, type CredentialsProvider } from "../../../src/ship/aws/credentials.ts";
import { AwsSigner } from "../../../src/ship/aws/sign.ts";
import { Budget } from "../../../src/ship/budget.ts";
import { checkShipConfig } from "../../../src/ship/config.ts";
import type { SinkRequest, SinkResponse } from "../../../src/ship/exchange.ts";
import { makeSink } from "../../../src/ship/make_sink.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { type CloudWatchOptions, cloudWatchSink } from "../../../src/ship/sink/cloudwatch.ts";
import type { Sink } from "../../../src/ship/sink/sink.ts";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import { type MemoryRuntime, memoryRuntime } from "../../../src/testing.ts";
import { FAKE_KEY } from "../fake/cloudwatch.ts";
import { answer, NEVER } from "../support_exchange.ts";
import { NOW } from "./loki_support.ts";

/** Success. */
export const OK: SinkResponse = answer(200, '{"nextSequenceToken":"1"}');

/** An error of AWS. */
export function awsAnswer(name: string, status = 400, message = "m"): SinkResponse {
  return answer(status, JSON.stringify({ __type: `com.amazonaws.logs#${name}`, message }));
}

/** A sink over scripted answers. */
export interface Scripted {
  readonly requests: readonly SinkRequest[];
  readonly sink: Sink;
  send(records: readonly StoredRecord[]): Promise<Outcome>;
  actions(): readonly string[];
}

/** Makes a sink over scripted answers. */
export function scripted(
  respond: (action: string, number: number) => SinkResponse = () => OK,
  more: Partial<CloudWatchOptions> = {},
): Scripted {
  const requests: SinkRequest[] = [];
  const runtime = memoryRuntime();
  const credentials = new CredentialsCache(runtime, () => Promise.resolve(FAKE_KEY));
  const sink = cloudWatchSink({
    region: "eu-west-2",
    host: { wallClock: () => NOW },
    signer: new AwsSigner({ runtime, region: "eu-west-2", service: "logs", credentials }),
    exchange: (request) => {
      requests.push(request);
      return Promise.resolve(respond(actionOf(request), requests.length));
    },
    ...more,
  });
  return { requests, sink, send: (records) => sendOne(sink, records), actions: () => requests.map(actionOf) };
}

/** A sink that is wired as in production; its clock is a memory runtime's. */
export interface Wired {
  readonly runtime: MemoryRuntime;
  readonly sink: Sink;
  send(records: readonly StoredRecord[]): Promise<Outcome>;
  close(): void;
}

/** Makes a sink for a fake. */
export function wired(
  url: string,
  config: Readonly<Record<string, unknown>> = {},
  credentials: CredentialsProvider = () => Promise.resolve(FAKE_KEY),
): Wired {
  const runtime = memoryRuntime();
  runtime.machine.clock.step(NOW - runtime.host.wallClock());
  const { sinks: [checked] } = checkShipConfig({
    sources: ["/logs"],
    sinks: [{ type: "cloudwatch", region: "eu-west-2", endpoint: url, ...config }],
  });
  assert.ok(checked !== undefined);
  const { sink, close } = makeSink(checked, { runtime, budget: new Budget(runtime.host), credentials });
  return { runtime, sink, close, send: (records) => sendOne(sink, records) };
}

/** The events of a request. */
export function bodyOf(request: SinkRequest | undefined): {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
} {
  return JSON.parse(String(request?.body));
}

async function sendOne(sink: Sink, records: readonly StoredRecord[]): Promise<Outcome> {
  const keys = new Set(records.map((record) => sink.key(record, "live")));
  const [key] = keys;
  assert.ok(keys.size === 1 && key !== undefined, `${keys.size} keys`);
  return await sink.send({ records, lane: "live", key }, NEVER);
}

function actionOf({ headers }: SinkRequest): string {
  return headers["X-Amz-Target"]?.split(".")[1] ?? "";
}
