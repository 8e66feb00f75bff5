/**
 * One metric, which is a name and a kind: its series, its own bound on them and its overflow series.
 *
 * @module
 */
import { metricHead, type MetricKind } from "../record/metric_record.ts";
import type { AttributeSet } from "./attribute_set.ts";
import type { Buckets } from "./buckets.ts";
import type { Ledger } from "./ledger.ts";
import { OVERFLOW_SET, warnOverflow } from "./overflow.ts";
import type { Series, SeriesOwner } from "./series.ts";
import { canonicalPath, nodeAt, type Path, type Step, TrieNode, UNIT_STEP } from "./series_trie.ts";

/** Nodes made only for another order of attributes: this many times the limit on series. Past it such calls take the slow way each time. */
const ALIAS_FACTOR = 4;

/** Makes a series of one kind. */
export type MakeSeries<S> = (owner: SeriesOwner, set: AttributeSet, overflow: boolean) => S;

/** A metric. */
export class Metric<S extends Series> implements SeriesOwner {
  /** Its name. */
  readonly name: string;
  /** Text of its lines before the value. */
  readonly head: string;
  /** Boundaries, of a histogram that was given some; the first that come stay. */
  buckets: Buckets | undefined = undefined;
  /** Where its series begin; the root's own series is the one without attributes. */
  readonly root: TrieNode<S> = new TrieNode<S>();
  /** Number of the interval in which it was made. */
  born = 0;
  /** How many series it has, the overflow series not among them. */
  size = 0;
  readonly #kind: MetricKind;
  readonly #unitStep: Step;
  readonly #ledger: Ledger;
  readonly #make: MakeSeries<S>;
  #aliases = 0;
  #overflow: S | undefined = undefined;

  /**
   * @param name Its name.
   * @param kind Its kind.
   * @param ledger Bounds and counts.
   * @param make Makes a series.
   */
  constructor(name: string, kind: MetricKind, ledger: Ledger, make: MakeSeries<S>) {
    this.name = name;
    this.#kind = kind;
    this.head = metricHead(name, kind);
    // In the options of a histogram or a gauge `unit` is the unit, so it needs no step of its own.
    this.#unitStep = kind === "counter" ? UNIT_STEP : "unit";
    this.#ledger = ledger;
    this.#make = make;
  }

  /** Is `unit` among the attributes the unit? */
  get unitAmongAttributes(): boolean {
    return this.#unitStep !== UNIT_STEP;
  }

  /**
   * The series of a set, made when it is new. Past the limit it is the overflow series.
   *
   * @param set The attributes.
   * @returns The series.
   */
  resolve(set: AttributeSet): S {
    const path = canonicalPath(set, this.#unitStep);
    // The caller's own order where it is another one.
    const own = path === set.path ? undefined : set.path;
    const known = nodeAt(this.root, path)?.series;
    if (known !== undefined) {
      if (own !== undefined) this.#link(own, known);
      return known;
    }
    const full = this.size >= this.#ledger.limit();
    if (full || this.#ledger.weight >= this.#ledger.total) return this.#overflowSeries(full);
    const series = this.#make(this, set, false);
    this.size++;
    // The caller's order goes first: what comes first at a node is one Map away, what comes later two.
    if (own !== undefined) this.#link(own, series);
    series.leaf = this.#grow(path, series, false);
    return series;
  }

  /** Takes boundaries; of two lists the first stays. */
  useBuckets(buckets: Buckets): void {
    this.buckets ??= buckets;
    if (this.buckets.text !== buckets.text) this.#ledger.warnBoundaries(this.name, "others came first and stay");
  }

  /** Takes a series out of the trie. */
  forget(series: S): void {
    this.#aliases -= series.leaf?.prune() ?? 0;
    for (const alias of series.aliases ?? []) this.#aliases -= alias.prune();
    series.leaf = undefined;
    series.aliases = undefined;
    this.size--;
  }

  #link(path: Path, series: S): void {
    if (this.#aliases >= this.#ledger.limit() * ALIAS_FACTOR) return;
    const leaf = this.#grow(path, series, true);
    if (leaf !== series.leaf) (series.aliases ??= []).push(leaf);
  }

  #grow({ steps, values }: Path, series: S, alias: boolean): TrieNode<S> {
    let node = this.root;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as Step;
      let next = node.child(step, values[i]);
      if (next === undefined) {
        next = node.grow(step, values[i], alias);
        if (alias) this.#aliases++;
      }
      node = next;
    }
    node.series = series;
    return node;
  }

  #overflowSeries(own: boolean): S {
    if (this.#overflow === undefined) {
      this.#overflow = this.#make(this, OVERFLOW_SET, true);
      warnOverflow(this.#ledger, this.#kind, this.name, this.root, own);
    }
    return this.#overflow;
  }
}
