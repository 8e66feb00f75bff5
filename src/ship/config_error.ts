/**
 * What is wrong with a configuration.
 *
 * @module
 */

/** Something is wrong with a configuration: each problem with its place, what was given, and what helps. */
export class ShipConfigError extends TypeError {
  /** The places that are wrong, and why: never a value that could be a secret. */
  readonly problems: readonly ConfigProblem[];

  /**
   * Says what is wrong.
   *
   * @param problems All that is wrong.
   * @param where Name of the file, if there is one.
   */
  constructor(problems: readonly ConfigProblem[], where: string = "the configuration") {
    const lines = problems.map(({ place, path, message }) => `  ${place ?? ""}${pathText(path)}: ${message}`);
    super(`Cannot use ${where}:\n${lines.join("\n")}`);
    this.name = "ShipConfigError";
    this.problems = problems;
  }
}

/** One problem. */
export interface ConfigProblem {
  /** Keys and places that lead to it. */
  readonly path: readonly PropertyKey[];
  /** What is wrong, and what helps. */
  readonly message: string;
  /** Line and column, with what separates them from the rest, where there is a file. */
  readonly place?: string;
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the top";
  return path.map((key, place) => typeof key === "number" ? `[${key}]` : place === 0 ? String(key) : `.${String(key)}`)
    .join("");
}
