/**
 * The health of a shipper in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format). The client library keeps a registry that is fed at each
 * event and brings dependencies; here everything is read out of one snapshot, which takes this one file.
 *
 * @module
 */
import { oneLine } from "../option/check.ts";
import type { Account } from "./engine/ledger.ts";
import type { LaneState } from "./engine/status.ts";
import type { ShipHealth, SinkHealth } from "./health.ts";

/** Value of the `content-type` header. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Most series whose highest value is remembered; beyond them the value is given as it is. */
export const MAX_COUNTERS = 4_096;

/** What is said of the program. */
export interface BuildInfo {
  /** Version of this package. */
  readonly version: string;
  /** Runtime. */
  readonly runtime: string;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

const OUTCOMES: readonly (readonly [label: string, key: keyof Account])[] = [
  ["acked", "acked"],
  ["dead_lettered", "deadLettered"],
  ["shed", "shed"],
  ["filtered", "filtered"],
  ["summarised", "summarised"],
];
const STATES: readonly LaneState[] = ["idle", "sending", "retrying", "holding", "closed"];

/** Renders health, and keeps counters from falling. */
export class PrometheusText {
  readonly #build: BuildInfo;
  readonly #highest: Map<string, number> = new Map();

  /**
   * Nothing is remembered yet.
   *
   * @param build What is said of the program.
   */
  constructor(build: BuildInfo) {
    this.#build = build;
  }

  /**
   * Renders.
   *
   * @param health The health of this moment.
   * @returns The text, with a line feed at its end.
   */
  render(health: ShipHealth): string {
    const { sinks } = health;
    const { version, runtime } = this.#build;
    const each = (value: (sink: SinkHealth) => number | undefined): Sample[] =>
      sinks.flatMap((sink) => {
        const number = value(sink);
        return number === undefined ? [] : [[{ sink: sink.name }, number] as const];
      });
    return [
      this.#gauge("pontem_build_info", "The program; its value is 1", [[{ version, runtime }, 1]]),
      this.#gauge("pontem_ship_start_time_seconds", "When the shipper was started, Unix time", [
        [{}, health.startedMs / 1000],
      ]),
      this.#gauge("pontem_ship_degraded", "1 while a sink is failing, holding or paused", [
        [{}, health.status === "ok" ? 0 : 1],
      ]),
      this.#gauge("pontem_ship_files", "Files that are followed", [[{}, health.files]]),
      this.#gauge("pontem_ship_file_bytes", "Bytes on disk of the files that are followed", [[{}, health.bytes]]),
      this.#counter("pontem_ship_removed_files_total", "Files removed after they had been shipped", [
        [{}, health.removedFiles],
      ]),
      this.#counter("pontem_ship_shed_files_total", "Files given up for room", [[{}, health.shedFiles]]),
      this.#counter(
        "pontem_ship_written_records_total",
        "Records that the sink is to have",
        each(({ records }) => records.written),
      ),
      this.#counter(
        "pontem_ship_records_total",
        "Records by what became of them",
        sinks.flatMap(({ name, records }) =>
          OUTCOMES.map(([outcome, key]): Sample => [{ sink: name, outcome }, records[key]])
        ),
      ),
      this.#gauge(
        "pontem_ship_pending_records",
        "Records that were read and are on their way",
        each(({ records }) => records.pending),
      ),
      this.#gauge(
        "pontem_ship_waiting_bytes",
        "Bytes in files that were not read yet",
        each(({ waitingBytes }) => waitingBytes),
      ),
      this.#counter("pontem_ship_wire_bytes_total", "Bytes sent, compressed", each(({ wireBytes }) => wireBytes)),
      this.#counter(
        "pontem_ship_answers_total",
        "Answers of the receiver by what they meant",
        sinks.flatMap(({ name, answers }) =>
          Object.entries(answers).map(([kind, count]): Sample => [{ sink: name, kind: kind.replace("-", "_") }, count])
        ),
      ),
      this.#gauge(
        "pontem_ship_last_ack_timestamp_seconds",
        "When the receiver last took something, Unix time",
        each(({ lastAckMs }) => lastAckMs === undefined ? undefined : lastAckMs / 1000),
      ),
      this.#gauge("pontem_ship_paused", "1 while the sink is paused", each(({ isPaused }) => isPaused ? 1 : 0)),
      this.#gauge(
        "pontem_ship_lane_state",
        "1 for the state that the lane is in",
        sinks.flatMap(({ name, lanes }) =>
          Object.entries(lanes).flatMap(([lane, { state }]) =>
            STATES.map((one): Sample => [{ sink: name, lane, state: one }, one === state ? 1 : 0])
          )
        ),
      ),
      this.#gauge(
        "pontem_ship_lane_failures",
        "Attempts that failed since the last one that did not",
        sinks.flatMap(({ name, lanes }) =>
          Object.entries(lanes).map(([lane, { failures }]): Sample => [{ sink: name, lane }, failures])
        ),
      ),
    ].join("");
  }

  #gauge(name: string, help: string, samples: readonly Sample[]): string {
    return family(name, "gauge", help, samples.map(([labels, value]) => [seriesOf(name, labels), value]));
  }

  /** A window that could not be settled is taken out of the account and read again; a falling counter would look like a restart. */
  #counter(name: string, help: string, samples: readonly Sample[]): string {
    const held = samples.map(([labels, value]): readonly [string, number] => {
      const series = seriesOf(name, labels);
      const highest = Math.max(value, this.#highest.get(series) ?? 0);
      if (this.#highest.has(series) || this.#highest.size < MAX_COUNTERS) this.#highest.set(series, highest);
      return [series, highest];
    });
    return family(name, "counter", help, held);
  }
}

function family(name: string, type: string, help: string, samples: readonly (readonly [string, number])[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([series, value]) => `${series} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function seriesOf(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/**
 * A label's value between quotes: the format has escapes for backslash, quote and line feed only, so that other controls become text.
 *
 * @param value The value.
 * @returns The value, escaped.
 */
export function escapeLabel(value: string): string {
  const lines = value.split("\n").map((line) => oneLine(line).replaceAll("\\", "\\\\").replaceAll('"', '\\"'));
  return lines.join("\\n");
}
