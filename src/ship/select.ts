/**
 * What a sink is to have: by severity, by attributes, and whether whole or in a summary.
 *
 * @module
 */
import { isMap } from "../record/json_map.ts";
import type { StoredRecord } from "../read/stored_record.ts";
import { ERROR_SEVERITY } from "./lane.ts";

/** Attributes and the values that pass; a list passes any of its values. */
export type Where = Readonly<Record<string, unknown>>;

/** What is chosen. */
export interface SelectionOptions {
  /**
   * Lowest severity number that is sent. Lines without a severity are always sent.
   *
   * @default {0}
   */
  readonly minSeverity?: number | undefined;
  /**
   * Attributes, or resource attributes, that a record must have; all of them.
   *
   * @default {{}}
   */
  readonly where?: Where | undefined;
  /**
   * Log records below this severity number are not sent but counted in summaries; 0 summarises nothing.
   *
   * @default {0}
   */
  readonly summariseBelow?: number | undefined;
  /**
   * Are metric records rolled up instead of sent as they are?
   *
   * @default {false}
   */
  readonly rollUpMetrics?: boolean | undefined;
}

/** The choice of one sink. */
export class Selection {
  readonly #minSeverity: number;
  readonly #where: readonly (readonly [key: string, values: ReadonlySet<string>])[];
  readonly #summariseBelow: number;
  readonly #rollUpMetrics: boolean;

  /** @param options What is chosen; nothing chooses everything. */
  constructor(options: SelectionOptions = {}) {
    this.#minSeverity = options.minSeverity ?? 0;
    this.#where = Object.entries(options.where ?? {}).map(([key, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      return [key, new Set(values.map((one) => JSON.stringify(one)))];
    });
    this.#summariseBelow = Math.min(options.summariseBelow ?? 0, ERROR_SEVERITY);
    this.#rollUpMetrics = options.rollUpMetrics ?? false;
  }

  /**
   * Does a summary stand for the record? Errors are always sent whole.
   *
   * @param record A record.
   */
  isSummarised({ kind, severityNumber }: StoredRecord): boolean {
    if (kind === "metric") return this.#rollUpMetrics;
    return kind === "log" && severityNumber < this.#summariseBelow;
  }

  /**
   * Is the record for this sink? What is below the lowest severity is, if a summary stands for it.
   *
   * @param record A record.
   */
  isWanted(record: StoredRecord): boolean {
    const { kind, severityNumber } = record;
    if (kind === "log" && severityNumber < this.#minSeverity && !this.isSummarised(record)) return false;
    return this.#where.length === 0 || this.#matches(record);
  }

  #matches({ value, resource }: StoredRecord): boolean {
    const attributes = isMap(value["attributes"]) ? value["attributes"] : {};
    return this.#where.every(([key, values]) => {
      const found = Object.hasOwn(attributes, key)
        ? attributes[key]
        : Object.hasOwn(resource, key)
        ? resource[key]
        : undefined;
      return found !== undefined && values.has(JSON.stringify(found));
    });
  }
}
