/**
 * A sink at work: its lanes, its cursors and its account. It knows of no other sink, so a slow or dead one holds up nobody.
 *
 * @module
 */
import type { FollowedFile } from "../../read/followed.ts";
import { type BadLine, isRecord, type StoredRecord } from "../../read/stored_record.ts";
import { isErrorLane, type Lane, LANES } from "../lane.ts";
import { PatientStore } from "./dead_letter_store.ts";
import { LaneFiles } from "./files.ts";
import { Intakes } from "./intakes.ts";
import { LaneLoop } from "./lane_loop.ts";
import { ownerOf } from "./lane_reader.ts";
import { type Account, SinkLedger } from "./ledger.ts";
import { DONE, Progress } from "./progress.ts";
import { Sender } from "./sender.ts";
import { Signal } from "./signal.ts";
import type { SinkRunnerOptions } from "./sink_runner_options.ts";
import { SinkStatus } from "./status.ts";
import { Turns } from "./turns.ts";

/** With more files than these a checkpoint is more than a page: then the end of a file does not bring it onto the device. */
const SMALL_FILES = 128;

/** A sink at work. */
export class SinkRunner {
  readonly #options: SinkRunnerOptions;
  readonly #ledger: SinkLedger;
  readonly #progress: Progress;
  readonly #files: LaneFiles;
  readonly #wake = new Signal();
  readonly #isBack = new Signal();
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  readonly #deadLetters: PatientStore;
  readonly #lanes: ReadonlyMap<Lane, LaneLoop>;
  readonly #intakes: Intakes;
  #running: Promise<unknown> | undefined;
  /** Its places for requests; the pause is here. */
  readonly turns: Turns;
  /** What it is doing. */
  readonly status: SinkStatus;

  /** @param options Surroundings. */
  constructor(options: SinkRunnerOptions) {
    const { name, host, note, state, wanted, concurrency, summaryMs, deadLetters } = options;
    this.#options = options;
    this.#ledger = new SinkLedger(state?.counters);
    this.#progress = new Progress(state?.files);
    this.#files = new LaneFiles(this.#progress, wanted, options.isOld);
    this.#deadLetters = new PatientStore({ store: deadLetters, sink: name, host, note, stop: this.#stop.signal });
    this.turns = new Turns(concurrency, this.#stop.signal);
    this.status = new SinkStatus({ sink: name, host, note });
    this.#intakes = new Intakes(options, this.#files, this.#progress);
    const lanes = LANES.filter((lane) => lane !== "summary" || summaryMs !== undefined);
    this.#lanes = new Map(lanes.map((lane) => [lane, this.#makeLane(lane)]));
  }

  /** Its name in the configuration. */
  get name(): string {
    return this.#options.name;
  }

  /** The account of this moment. */
  get account(): Account {
    return this.#ledger.account;
  }

  /** Bytes on disk that no window has taken up yet; of compressed files, compressed. */
  get waitingBytes(): number {
    return this.#intakes.waitingBytes;
  }

  /** Was there nothing to do in any lane when it last looked, and is nothing on its way? */
  get isIdle(): boolean {
    return this.account.pending === 0 && [...this.#lanes.values()].every(({ isIdle }) => isIdle);
  }

  /** Begins. */
  start(): void {
    this.#running = Promise.all([...this.#lanes.values()].map((lane) => lane.run()));
  }

  /**
   * Takes what a look has found.
   *
   * @param files All files that are followed, the oldest first.
   */
  look(files: readonly FollowedFile[]): void {
    this.#tellLost(this.#files.all);
    this.#files.update(files);
    this.#progress.sweep(new Set([...files.map(({ identity }) => identity.id), ...this.#intakes.replay?.ids ?? []]));
    this.#wake.notify();
  }

  /** Is everything of a file settled that this sink is to have? True for a file that it is to have nothing of. */
  isSettled(file: FollowedFile): boolean {
    return this.#progress.isDone(file.identity.id, this.#options.wanted(file));
  }

  /** Is the sink to have anything of a file? */
  wants(file: FollowedFile): boolean {
    return this.#options.wanted(file).length > 0;
  }

  /** Is something of a file on its way? */
  isBusyWith(file: FollowedFile): boolean {
    return this.#files.isBusy(file.identity.id);
  }

  /**
   * While a file is looked through to be given up, nothing of it is taken up.
   *
   * @param id Id of the file.
   * @param isBarred Is that so now?
   */
  bar(id: string, isBarred: boolean): void {
    this.#files.bar(id, isBarred);
  }

  /** Is the sink still to have what stands somewhere in a file? */
  lacks(item: StoredRecord | BadLine, file: FollowedFile): boolean {
    const { selection, wanted } = this.#options;
    const cursor = isRecord(item) ? ownerOf(item, selection) : "main";
    const place = this.#progress.of(file.identity.id)[cursor];
    if (place === DONE || item.offset < place || !wanted(file).includes(cursor)) return false;
    return !isRecord(item) || selection.isWanted(item);
  }

  /**
   * Is everything of a file settled up to an offset that this sink is to have? So it is of one that may grow.
   *
   * @param file The file.
   * @param offset Where, in the uncompressed content.
   */
  hasUpTo(file: FollowedFile, offset: number): boolean {
    const progress = this.#progress.of(file.identity.id);
    return this.#options.wanted(file).every((cursor) => progress[cursor] === DONE || progress[cursor] >= offset);
  }

  /**
   * A file was given up for room; {@link SinkRunner.save} keeps it.
   *
   * @param id Id of the file.
   * @param records Records that this sink had not settled.
   */
  shed(id: string, records: number): void {
    for (const cursor of ["main", "error", "summary"] as const) this.#progress.move(id, cursor, DONE);
    this.#ledger.shed(records);
  }

  /**
   * Sends dead letters again.
   *
   * @param files Their files, the oldest first.
   */
  replay(files: readonly string[]): void {
    this.#intakes.replay?.begin(files);
    this.#wake.notify();
  }

  /**
   * Stops: nothing new is read, what is on its way may end.
   *
   * @param timeoutMs How long to wait for it; then requests are aborted.
   */
  async stop(timeoutMs: number): Promise<void> {
    const { host, sink } = this.#options;
    this.#stop.abort();
    const timer = host.setTimer(() => this.#abort.abort(), timeoutMs, true);
    await this.#running;
    timer.cancel();
    this.save(true);
    await sink.close?.();
  }

  /**
   * Keeps the state.
   *
   * @param mustSync Must it be on the device?
   * @returns Is it where it must be?
   */
  save(mustSync: boolean): boolean {
    return this.#options.save({ files: this.#progress.files, counters: { ...this.#ledger.settled } }, mustSync);
  }

  /** Files that somebody else has removed: nobody knows how many records were in them, so no counter has them. */
  #tellLost(before: readonly FollowedFile[]): void {
    const lost = before.filter((file) => file.gone && !this.hasUpTo(file, file.gz ? Infinity : file.size));
    const [first] = lost;
    if (first === undefined) return;
    const { name, note } = this.#options;
    note("WARN", "Files are gone before they had been sent: something else has removed them", {
      "pontem.ship.sink": name,
      "pontem.ship.files": lost.length,
      "pontem.ship.bytes": lost.reduce((sum, { size }) => sum + size, 0),
      "pontem.ship.path": first.path,
    });
  }

  #makeLane(lane: Lane): LaneLoop {
    const { name, sink, host, note, isOpen, isReady = () => true, makeBackoff } = this.#options;
    const stop = this.#stop.signal;
    const sender = new Sender({
      sink,
      host,
      backoff: makeBackoff("retry"),
      probe: makeBackoff("hold"),
      status: this.status,
      date: this.#options.date,
      refused: (refused) => this.#deadLetters.refused(refused),
      turn: (wanted) => this.turns.take(wanted),
      isBack: this.#isBack,
      stop,
      abort: this.#abort.signal,
    });
    return new LaneLoop({
      lane,
      sink: name,
      intake: this.#intakes.make(lane),
      sender,
      ledger: this.#ledger,
      progress: this.#progress,
      status: this.status,
      note,
      closedFor: () => {
        if (!isReady()) return "the clock is wrong";
        return isErrorLane(lane) || isOpen() ? undefined : 'its "when" does not hold';
      },
      unreadable: (lines) => this.#deadLetters.unreadable(lines, lane),
      moved: (hasEnded) => void this.save(hasEnded && this.#progress.files.size <= SMALL_FILES),
      wake: this.#wake,
      stop,
    });
  }
}
