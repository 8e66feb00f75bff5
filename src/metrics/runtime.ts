/**
 * Metrics of the process itself (`runtimeMetrics: true`): memory, CPU time and how late the event loop is. Names follow OpenTelemetry's
 * semantic conventions for processes where they have one.
 *
 * @module
 */
import type { Host, Timer } from "../port/host.ts";
import type { Metrics } from "./metrics.ts";

/** How often the event loop is probed, in milliseconds; ten wake-ups in two seconds do not show in CPU time. */
export const PROBE_MS = 200;

/** Running runtime metrics. */
export interface RuntimeMetrics {
  /** Records memory and CPU time; called right before a collection. */
  sample(): void;
  /** Ends the probing; a second call does nothing. */
  stop(): void;
}

/**
 * Starts measuring. What the host cannot tell is left out.
 *
 * @param host Figures, clock and timers.
 * @param metrics Where they are recorded.
 * @returns The running measurement.
 */
export function startRuntimeMetrics(
  host: Pick<Host, "now" | "setTimer" | "figures">,
  metrics: Metrics,
): RuntimeMetrics {
  const rss = metrics.gauge("process.memory.rss", { unit: "By" });
  const heap = metrics.gauge("process.memory.heap_used", { unit: "By" });
  const cpu = metrics.counter("process.cpu.time", { unit: "s" });
  const delay = metrics.histogram("process.event_loop.delay", { unit: "s" });
  let cpuBefore = host.figures().cpuSeconds;
  let probe: Timer | undefined = setProbe();

  function setProbe(): Timer {
    const due = host.now() + PROBE_MS;
    return host.setTimer(() => {
      if (probe === undefined) return;
      // Timers may fire up to 1 ms early.
      delay.record(Math.max(0, host.now() - due) / 1000);
      probe = setProbe();
    }, PROBE_MS);
  }

  return {
    sample() {
      const { rssBytes, heapUsedBytes, cpuSeconds } = host.figures();
      if (Number.isFinite(rssBytes)) rss.set(rssBytes);
      if (Number.isFinite(heapUsedBytes)) heap.set(heapUsedBytes);
      if (cpuSeconds !== undefined && cpuBefore !== undefined) cpu.add(Math.max(0, cpuSeconds - cpuBefore));
      cpuBefore = cpuSeconds ?? cpuBefore;
    },
    stop() {
      probe?.cancel();
      probe = undefined;
    },
  };
}
