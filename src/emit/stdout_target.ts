/**
 * Standard output as the place of an instance's records. Both channels share the stream, which keeps their lines apart.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import { errorCode } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import type { ChannelName } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { reason } from "../port/reason.ts";
import type { RunReport } from "./run_report.ts";
import { StdoutStream } from "./stdout_stream.ts";
import type { Target } from "./target.ts";

/** One channel's view of the stream. */
class StreamChannel implements Channel {
  readonly #stream: StdoutStream;
  readonly #events: ChannelEvents;

  constructor(stream: StdoutStream, events: ChannelEvents) {
    this.#stream = stream;
    this.#events = events;
  }

  get pending(): number {
    return this.#stream.events === this.#events ? this.#stream.pending : 0;
  }

  ready(): boolean {
    return this.#stream.ready();
  }

  /** A stream stays what it is. */
  begin(): void {}

  submit(text: string, lines: number): boolean {
    return this.#stream.submit(text, lines, this.#events);
  }

  finish(ms: number): boolean {
    return this.#stream.finish(ms);
  }

  whenReady(callback: () => void): void {
    this.#stream.whenReady(callback);
  }

  /** What a pipe has taken is out of our hands. */
  sync(): void {}

  syncAsync(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#stream.block.clear();
  }
}

/** Surroundings of the target. */
export interface StdoutTargetOptions {
  /** The stream and the clock. */
  readonly host: Host;
  /** Counters. */
  readonly ledger: Ledger;
  /** Own messages. */
  readonly diagnostics: Diagnostics;
}

/** The target. */
export class StdoutTarget implements Target {
  readonly #options: StdoutTargetOptions;
  /** Log records. */
  readonly logs: Channel;
  /** Metric records. */
  readonly metrics: Channel;

  /** @param options Surroundings. */
  constructor(options: StdoutTargetOptions) {
    this.#options = options;
    const stream = new StdoutStream(options.host);
    this.logs = new StreamChannel(stream, this.#events("logs"));
    this.metrics = new StreamChannel(stream, this.#events("metrics"));
  }

  #events(channel: ChannelName): ChannelEvents {
    const { ledger, diagnostics } = this.#options;
    return {
      landed: ledger.landing(channel),
      lost: (lines) => ledger.drop("stdout_closed", channel === "logs" ? lines : 0),
      fault: (what, error) => {
        const code = errorCode(error);
        const [why, outcome] = code === "EPIPE"
          ? ["the other side is gone", "Records are dropped and counted"]
          : [reason(error), "Records wait and are written when it works again"];
        ledger.fault(code);
        diagnostics.once(
          `stdout:${code}`,
          "pontem.emit",
          "ERROR",
          `Cannot ${what} standard output: ${why}. ${outcome}`,
        );
      },
      recovered: () => {},
    };
  }

  /** Nothing to open: no earlier run is known. */
  start(): readonly RunReport[] {
    return [];
  }

  /** A pipe has no runs. */
  mark(): void {}

  /** A pipe has no files. */
  handOver(): void {}

  /** Nothing goes on in the background. */
  idle(): Promise<void> {
    return Promise.resolve();
  }

  /** Gives up what has not landed. */
  end(): void {
    this.logs.close();
  }
}
