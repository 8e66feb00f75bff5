/**
 * What happens past the limit: one series a metric takes everything further, so that totals stay right, and one message says which
 * attribute is to blame.
 *
 * @module
 */
import { OVERFLOW_ATTRIBUTE } from "../record/metric_record.ts";
import type { AttributeSet } from "./attribute_set.ts";
import { type Ledger, quoted } from "./ledger.ts";
import { CONTENT, type Step, type TrieNode } from "./series_trie.ts";

/** Attributes of an overflow series. It has no unit, because it takes series of any unit. */
export const OVERFLOW_SET: AttributeSet = {
  keys: [OVERFLOW_ATTRIBUTE],
  values: [true],
  unit: undefined,
  path: undefined,
  canonical: false,
  size: 32,
};

/**
 * Says once per metric that it has too many series.
 *
 * @param ledger Who says it.
 * @param kind Kind of the metric.
 * @param name Name of the metric.
 * @param root Its series.
 * @param own Is it the limit of the metric itself that is reached, or that of all together?
 */
export function warnOverflow<S>(ledger: Ledger, kind: string, name: string, root: TrieNode<S>, own: boolean): void {
  const culprit = mostVaried(root);
  const blame = culprit === undefined ? "" : ` Its attribute ${quoted(culprit)} has most values: leave it out`;
  const limit = own
    ? `has more than ${ledger.limit()} series`
    : "has no room for another series, all metrics together have too many";
  ledger.warn(
    `metrics.overflow.${kind}.${name}`,
    `Metric ${quoted(name)} ${limit}: further ones are summed up in one with "${OVERFLOW_ATTRIBUTE}".` +
      `${blame}${blame === "" ? " Use fewer attribute values" : ""} or raise "cardinalityLimit"`,
  );
}

/** The attribute with most distinct values. */
function mostVaried<S>(root: TrieNode<S>): string | undefined {
  const values = new Map<Step, Set<unknown>>();
  const open: [node: TrieNode<S>, from: Step][] = [[root, CONTENT]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, from] = next;
    for (const [step, children] of node.branches()) {
      const name = step === CONTENT ? from : step;
      let seen = values.get(name);
      if (seen === undefined) values.set(name, seen = new Set());
      for (const [value, child] of children) {
        seen.add(value);
        open.push([child, name]);
      }
    }
  }
  let most: string | undefined;
  for (const [step, seen] of values) {
    if (typeof step === "string" && (most === undefined || seen.size > (values.get(most)?.size ?? 0))) most = step;
  }
  return most;
}
