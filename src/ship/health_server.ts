/**
 * Health and metrics of a shipper over HTTP, for the machine itself: it listens on the loopback interface and nowhere else.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { oneLine } from "../option/check.ts";
import type { Host } from "../port/host.ts";
import { VERSION } from "../version.ts";
import type { ShipHealth } from "./health.ts";
import { listenOnLoopback, type LoopbackOptions, type LoopbackServer } from "./loopback_server.ts";
import { PROMETHEUS_TYPE, PrometheusText } from "./prometheus.ts";

/** What a `Host` header may name: a page of the web whose name is made to point here (DNS rebinding) names something else. */
const OWN_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Surroundings of a health server. */
export interface HealthServerOptions extends LoopbackOptions {
  /** Timers, and the name of the runtime. */
  readonly host: Pick<Host, "setTimer" | "runtime">;
  /** The health of this moment. */
  readonly health: () => ShipHealth;
}

/** An answer. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Listens: `GET /healthz` gives the health as JSON with status 200, or 503 while it is degraded; `GET /metrics` gives it in the text format
 * of Prometheus. It does not keep the process alive.
 *
 * @param options Surroundings.
 * @returns The server.
 * @throws {RangeError} If the address is not on the loopback interface.
 * @throws {Error} If it cannot listen; the message says why and what helps.
 */
export function startHealthServer(options: HealthServerOptions): Promise<LoopbackServer> {
  const { host, health } = options;
  const text = new PrometheusText({ version: VERSION, runtime: host.runtime });
  return listenOnLoopback(options, (request, response) => {
    respond(response, request.method === "HEAD", answer(request, health, text));
  });
}

function answer(request: IncomingMessage, health: () => ShipHealth, text: PrometheusText): Answer {
  if (!OWN_NAME.test(request.headers.host ?? "")) return plain(403, "Ask for localhost\n");
  const [path] = (request.url ?? "").split("?");
  if (path !== "/healthz" && path !== "/metrics") return plain(404, "Not found: there are /healthz and /metrics\n");
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "Use GET\n");
  try {
    const now = health();
    if (path === "/metrics") return { status: 200, type: PROMETHEUS_TYPE, body: text.render(now) };
    // What could speak to a terminal stands in texts only, where an escape of JSON means the same.
    const body = `${oneLine(JSON.stringify(now))}\n`;
    return { status: now.status === "ok" ? 200 : 503, type: "application/json", body };
  } catch {
    return plain(500, "The health cannot be told\n");
  }
}

function plain(status: number, body: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body };
}

function respond(response: ServerResponse, isHead: boolean, { status, type, body }: Answer): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": new TextEncoder().encode(body).length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // One request a connection: nothing idle has to be bounded or closed.
    "connection": "close",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
  });
  response.end(isHead ? undefined : body);
}
