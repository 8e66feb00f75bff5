// The text that Prometheus reads.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { escapeLabel, MAX_COUNTERS, PrometheusText } from "../../src/ship/prometheus.ts";
import { shipHealth, sinkHealth } from "./health_support.ts";

const BUILD = { version: "1.2.3", runtime: "deno" };

/** Reads the format, strictly, back into series and values. */
function read(text: string): Map<string, number> {
  const series = new Map<string, number>();
  const typed = new Set<string>();
  assert.ok(text.endsWith("\n"));
  for (const line of text.slice(0, -1).split("\n")) {
    const type = /^# TYPE ([a-z_]+) (?:counter|gauge)$/.exec(line)?.[1];
    if (type !== undefined) {
      assert.ok(!typed.has(type), `${type} twice`);
      typed.add(type);
      continue;
    }
    if (/^# HELP [a-z_]+ [^\n\\]+$/.test(line)) continue;
    const sample = /^([a-z_]+)((?:\{(?:[a-z]+="(?:[^"\\]|\\[\\"n])*",?)+\})?) (-?[\d.e+]+)$/.exec(line);
    assert.ok(sample !== null, line);
    const [, name = "", labels = "", value] = sample;
    assert.ok(typed.has(name), `${name} has no type`);
    assert.ok(!series.has(name + labels), `${line} twice`);
    series.set(name + labels, Number(value));
  }
  return series;
}

describe("PrometheusText", () => {
  it("R14: gives every record in one counter, so that the account can be checked from outside", () => {
    const series = read(new PrometheusText(BUILD).render(shipHealth()));
    const of = (outcome: string) => series.get(`pontem_ship_records_total{sink="site",outcome="${outcome}"}`) ?? NaN;
    const pending = series.get('pontem_ship_pending_records{sink="site"}') ?? NaN;
    const written = series.get('pontem_ship_written_records_total{sink="site"}');
    assert.equal(of("acked") + of("dead_lettered") + of("shed") + pending, written);
    assert.equal(of("filtered"), 4);
    assert.equal(of("summarised"), 5);
  });

  it("gives lanes, answers, bytes, times and the build", () => {
    const series = read(new PrometheusText(BUILD).render(shipHealth({ status: "degraded" })));
    const expected: readonly (readonly [string, number])[] = [
      ['pontem_build_info{version="1.2.3",runtime="deno"}', 1],
      ["pontem_ship_degraded", 1],
      ["pontem_ship_files", 3],
      ["pontem_ship_start_time_seconds", 1_767_225_000],
      ['pontem_ship_waiting_bytes{sink="site"}', 3_400_000],
      ['pontem_ship_wire_bytes_total{sink="site"}', 99],
      ['pontem_ship_answers_total{sink="site",kind="dead_letter"}', 2],
      ['pontem_ship_last_ack_timestamp_seconds{sink="site"}', 1_767_225_600.5],
      ['pontem_ship_lane_state{sink="site",lane="live",state="sending"}', 1],
      ['pontem_ship_lane_state{sink="site",lane="live",state="idle"}', 0],
      ['pontem_ship_lane_failures{sink="site",lane="error"}', 0],
      ['pontem_ship_paused{sink="site"}', 0],
    ];
    for (const [name, value] of expected) assert.equal(series.get(name), value, name);
  });

  it("leaves out what has not happened, and families without a sample", () => {
    const text = new PrometheusText(BUILD).render(shipHealth({ sinks: [sinkHealth({ lastAckMs: undefined })] }));
    assert.doesNotMatch(text, /last_ack/);
    assert.doesNotMatch(new PrometheusText(BUILD).render(shipHealth({ sinks: [] })), /pending/);
  });

  it("escapes labels: two lines, quotes, backslashes, controls", () => {
    assert.equal(escapeLabel('a"b\\c\nd'), 'a\\"b\\\\c\\nd');
    assert.equal(escapeLabel("\u001b[2J\u202e"), "\\\\u001b[2J\\\\u202e");
    const text = new PrometheusText(BUILD).render(shipHealth({ sinks: [sinkHealth({ name: 'x"} 9\ny\\' })] }));
    assert.equal(read(text).get('pontem_ship_pending_records{sink="x\\"} 9\\ny\\\\"}'), 3);
  });

  it("lets no counter fall when a window is given up and read again", () => {
    const text = new PrometheusText(BUILD);
    const render = (acked: number) =>
      read(text.render(shipHealth({
        sinks: [sinkHealth({ records: { ...sinkHealth().records, acked } })],
      }))).get('pontem_ship_records_total{sink="site",outcome="acked"}');
    assert.deepEqual([7, 5, 6, 8].map(render), [7, 7, 7, 8]);
  });

  it("remembers a bounded number of series", () => {
    const text = new PrometheusText(BUILD);
    const many = Array.from({ length: MAX_COUNTERS / 8 }, (_, i) => sinkHealth({ name: `s${i}` }));
    text.render(shipHealth({ sinks: many }));
    const late = (wireBytes: number) =>
      read(text.render(shipHealth({ sinks: [sinkHealth({ name: "late", wireBytes })] })))
        .get('pontem_ship_wire_bytes_total{sink="late"}');
    assert.deepEqual([9, 3].map(late), [9, 3]);
  });
});
