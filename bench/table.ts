/**
 * Tables of figures, and the statistics they hold: pure, so that they can be tested.
 *
 * @module
 */

/** A cell: text, or a number that is rounded for the reader and kept whole in JSON, where NaN becomes null. */
export type Cell = string | number | null;

/** A table. */
export interface Table {
  /** What it shows. */
  readonly title: string;
  /** The heads; the first column is text. */
  readonly columns: readonly string[];
  /** A row has a cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
}

/** The middle of some values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * A quantile, by the nearest rank above.
 *
 * @param values The values, in any order.
 * @param share From 0 to 1: 0.99 is the value that 99 % lie below.
 * @returns The value; NaN when there is none.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Each figure's median over some runs. */
export function medians(runs: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries(
    [...names].map((
      name,
    ) => [name, median(runs.map((run) => run[name] ?? NaN).filter((value) => !Number.isNaN(value)))]),
  );
}

/** The table as text, its columns aligned. */
export function formatTable(table: Table): string {
  const rows = [table.columns, ...table.rows].map((row) => row.map(formatCell));
  const widths = table.columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((text, column) => column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))
      .join("  ").trimEnd()
  );
  return [table.title, ...lines.map((line) => `  ${line}`)].join("\n");
}

function formatCell(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (cell === null || Number.isNaN(cell)) return "-";
  if (Number.isInteger(cell)) return cell.toLocaleString("en");
  return cell >= 1_000 ? Math.round(cell).toLocaleString("en") : cell.toFixed(cell < 100 ? 2 : 0);
}
