/**
 * How Loki words and measures things.
 *
 * @module
 */
import type { PushedEntry, PushedStream } from "./loki_parse.ts";
import type { FakeAnswer } from "./server.ts";

/** A plain text, as Loki answers. */
export function text(status: number, body: string): FakeAnswer {
  return { status, body: `${body}\n`, headers: { "Content-Type": "text/plain; charset=utf-8" } };
}

/** A stream without a service has this one. */
export function withService({ labels, entries }: PushedStream): PushedStream {
  return { labels: { ...labels, service_name: labels["service_name"] ?? "unknown_service" }, entries };
}

/** Labels as Loki shows them. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`;
}

/** What the rate limit counts. */
export function entryBytes({ line, metadata }: PushedEntry): number {
  return Object.entries(metadata)
    .filter(([name]) => name !== "detected_level")
    .reduce((sum, [name, value]) => sum + utf8(name) + utf8(value), utf8(line));
}

/** About what protobuf makes of a stream; the recorded overhead was 50 bytes an entry. */
export function messageBytes({ labels, entries }: PushedStream): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry) + 50, utf8(labelsText(labels)));
}

/** A size as Loki shows it. */
export function size(bytes: number): string {
  return bytes >= 1_024 && bytes % 1_024 === 0 ? `${bytes / 1_024}KB` : `${bytes}B`;
}

/** A time as Loki shows it, without its fraction. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.[0-9]+Z$/, "Z");
}

/** As Go prints a time: with the fraction that it has. */
export function goTime(ns: bigint): string {
  const [date, time] = rfc3339(Number(ns / 1_000_000n)).slice(0, -1).split("T");
  const fraction = String(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).padStart(9, "0").replace(
    /0+$/,
    "",
  );
  return `${date} ${time}${fraction === "" ? "" : `.${fraction}`} +0000 UTC`;
}

/** Bytes of a text. */
export function utf8(value: string): number {
  return new TextEncoder().encode(value).length;
}
