/**
 * An OTLP receiver on 127.0.0.1 that answers as real ones did: the OpenTelemetry Collector 0.165.0, or Fluent Bit 5.1.1. What does not
 * follow the protocol is refused by the words of the real one where that refuses it, and is a fault of the test where it does not.
 *
 * @module
 */
import type { Faults } from "./fault.ts";
import { logsOf, metricsOf, type ShapeLog, type ShapeMetric } from "./otlp_shape.ts";
import { type FakeAnswer, type FakeRequest, type FakeServer, fakeServer } from "./server.ts";

/** How it is set up. */
export interface FakeOtlpOptions {
  /** Whose answers. Default: the Collector's. */
  readonly mode?: "collector" | "fluent-bit";
  /** Bytes of a body: unpacked for the Collector (default 20 MiB), on the wire for Fluent Bit (default 4 MB). */
  readonly maxBodyBytes?: number;
  /** Fluent Bit's `successful_response_code`. Default: 201, as there. */
  readonly success?: 200 | 201 | 204;
  /** Records and metrics that it takes no part in: they are counted in `partialSuccess`. */
  readonly reject?: (item: ShapeLog | ShapeMetric) => boolean;
  /** What `partialSuccess` says beside the count; without rejected records it is a warning. */
  readonly message?: string;
  /** Faults that are scripted before. */
  readonly faults?: Faults;
}

/** A receiver that listens. */
export interface FakeOtlp extends FakeServer {
  /** Log records that are stored. */
  readonly logs: readonly ShapeLog[];
  /** Metrics that are stored. */
  readonly metrics: readonly ShapeMetric[];
  /** What came that no receiver should be sent: the protocol's own rules. */
  readonly violations: readonly string[];
  /** Forgets what is stored. */
  forget(): void;
}

const MIB = 1_048_576;
const PATHS: ReadonlySet<string> = new Set(["/v1/logs", "/v1/metrics"]);
const SNAKE = /"(?:resource_logs|scope_logs|log_records|time_unix_nano|resource_metrics|scope_metrics)"\s*:/;
const ID = /"(?:traceId|spanId)"\s*:\s*"([^"]*)"/g;

/**
 * Starts a receiver.
 *
 * @param options How it is set up.
 * @returns It.
 */
export async function fakeOtlp(options: FakeOtlpOptions = {}): Promise<FakeOtlp> {
  const { mode = "collector", reject, message, faults } = options;
  const logs: ShapeLog[] = [];
  const metrics: ShapeMetric[] = [];
  const violations: string[] = [];
  const check = mode === "collector" ? collectorCheck : fluentCheck;

  function respond(request: FakeRequest): FakeAnswer {
    const refused = check(request, options);
    if (refused !== undefined) return refused;
    const isLogs = request.path === "/v1/logs";
    let items: (ShapeLog | ShapeMetric)[] = [];
    try {
      const body: unknown = JSON.parse(request.text);
      items = isLogs ? logsOf(body) : metricsOf(body);
    } catch (error) {
      violations.push(String(error));
    }
    const taken = items.filter((item) => reject?.(item) !== true);
    for (const item of taken) {
      if ("timeUnixNano" in item) logs.push(item);
      else metrics.push(item);
    }
    return success(options, isLogs, items.length - taken.length, message);
  }

  const server = await fakeServer(respond, faults === undefined ? {} : { faults });
  return Object.create(server, {
    logs: { value: logs },
    metrics: { value: metrics },
    violations: { value: violations },
    forget: {
      value: (): void => {
        for (const list of [logs, metrics, violations]) list.length = 0;
      },
    },
  }) as FakeOtlp;
}

function success({ mode, success }: FakeOtlpOptions, isLogs: boolean, rejected: number, message?: string): FakeAnswer {
  if (mode === "fluent-bit") return { status: success ?? 201 };
  const partialSuccess = {
    ...(rejected === 0 ? {} : { [isLogs ? "rejectedLogRecords" : "rejectedDataPoints"]: String(rejected) }),
    ...(message === undefined ? {} : { errorMessage: message }),
  };
  return json(200, { partialSuccess });
}

function collectorCheck(request: FakeRequest, { maxBodyBytes = 20 * MIB }: FakeOtlpOptions): FakeAnswer | undefined {
  const { path, method, headers, body, text: content, gzipError } = request;
  if (!PATHS.has(path)) return text(404, "404 page not found");
  if (method !== "POST") return text(405, "405 method not allowed, supported: [POST]");
  const type = headers["content-type"]?.split(";")[0]?.trim();
  if (type !== "application/json") {
    return text(415, "415 unsupported media type, supported: [application/json, application/x-protobuf]");
  }
  if (gzipError === "header") return json(400, { code: 3, message: "gzip: invalid header" });
  if (gzipError === "cut") return json(400, { code: 3, message: "unexpected EOF" });
  if (body.length > maxBodyBytes) return json(400, { code: 3, message: "http: request body too large" });
  const value = parse(content);
  if (typeof value !== "object" || value === null) {
    const found = content === "" ? "\\u0000" : content[0];
    const message = `ReadObject: expect { or , or } or n, but found ${found}, error found in #0 byte of ...`;
    return json(400, { code: 3, message });
  }
  if (hasBadId(content)) return json(400, { code: 3, message: "ID.UnmarshalJSONIter: length mismatch" });
  return undefined;
}

function fluentCheck(request: FakeRequest, { maxBodyBytes = 4_000_000 }: FakeOtlpOptions): FakeAnswer | undefined {
  const { path, method, headers, raw, text: content } = request;
  const malformed: FakeAnswer = { status: 400, body: "invalid request: deserialisation error" };
  if (!PATHS.has(path)) return { status: 404, body: "error: invalid endpoint" };
  if (method !== "POST") return { status: 400, body: "error: invalid HTTP method" };
  if (raw.length === 0) return { status: 400, body: "error: invalid content-length" };
  if (raw.length > maxBodyBytes) return { status: 413 };
  if (headers["content-type"]?.startsWith("application/json") !== true) return malformed;
  const value = parse(content);
  const lists = typeof value === "object" && value !== null ? Object.values(value) : [];
  const isEmpty = lists.every((list) => !Array.isArray(list) || list.length === 0);
  return isEmpty || SNAKE.test(content) || hasBadId(content) ? malformed : undefined;
}

function hasBadId(content: string): boolean {
  return [...content.matchAll(ID)].some(([whole, id = ""]) =>
    id !== "" && !(whole.startsWith('"traceId"') ? /^[0-9a-f]{32}$/i : /^[0-9a-f]{16}$/i).test(id)
  );
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function json(status: number, value: unknown): FakeAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

function text(status: number, body: string): FakeAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
