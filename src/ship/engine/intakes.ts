/**
 * Where the lanes of one sink have their windows from.
 *
 * @module
 */
import { isErrorLane, type Lane } from "../lane.ts";
import type { LaneFiles } from "./files.ts";
import type { Intake } from "./lane_loop.ts";
import { LaneReader } from "./lane_reader.ts";
import { LiveIntake } from "./live_intake.ts";
import type { CursorName, Progress } from "./progress.ts";
import type { ReplayIntake } from "./replay_intake.ts";
import type { SinkRunnerOptions } from "./sink_runner_options.ts";
import { SummaryIntake } from "./summary_intake.ts";

/** The intakes of one sink. */
export class Intakes {
  readonly #options: SinkRunnerOptions;
  readonly #files: LaneFiles;
  readonly #progress: Progress;
  readonly #readers: LaneReader[] = [];
  #replay: ReplayIntake | undefined;

  /**
   * Without any before the first {@link Intakes.make}.
   *
   * @param options What the sink is made of.
   * @param files Its files.
   * @param progress How far it has come in them.
   */
  constructor(options: SinkRunnerOptions, files: LaneFiles, progress: Progress) {
    this.#options = options;
    this.#files = files;
    this.#progress = progress;
  }

  /** Bytes on disk that no window has taken up yet; of compressed files, compressed. */
  get waitingBytes(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.waitingBytes, 0);
  }

  /** The one that sends dead letters again, if there is any. */
  get replay(): ReplayIntake | undefined {
    return this.#replay;
  }

  /**
   * Makes the intake of a lane.
   *
   * @param lane The lane.
   */
  make(lane: Lane): Intake {
    const { host, selection, limits, open, maxAgeMs, summaryMs, isLast } = this.#options;
    const [files, progress] = [this.#files, this.#progress];
    const cursor: CursorName = isErrorLane(lane) ? "error" : lane === "summary" ? lane : "main";
    const reader = new LaneReader({ lane, cursor, host, files, progress, selection, limits, open });
    if (!isErrorLane(lane)) this.#readers.push(reader);
    if (lane === "live") return new LiveIntake({ reader, host, maxAgeMs, enoughBytes: limits.maxBytes, isLast });
    if (lane === "backlog") {
      this.#replay = this.#options.replay?.(reader, progress);
      return this.#replay ?? reader;
    }
    if (lane !== "summary" || summaryMs === undefined) return reader;
    return new SummaryIntake({ reader, host, intervalMs: summaryMs, isLast });
  }
}
