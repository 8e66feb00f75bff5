/**
 * Reads `ship.jsonc`: JSON with comments, whose problems are told with line and column.
 *
 * @module
 */
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { checkShipConfig } from "./config.ts";
import { type ConfigProblem, ShipConfigError } from "./config_error.ts";
import type { ShipConfig } from "./config_types.ts";

/**
 * Parses a configuration.
 *
 * @param text The content of the file.
 * @param options Name of the file, for messages.
 * @returns The configuration, with defaults.
 * @throws {ShipConfigError} When it is no JSONC, or something is wrong with it; it names line, column, key and remedy.
 */
export function parseShipConfig(text: string, { path }: { readonly path: string }): ShipConfig {
  const errors: ParseError[] = [];
  const content = text.startsWith("\ufeff") ? text.slice(1) : text;
  const tree = parseTree(content, errors, { allowTrailingComma: true });
  const [error] = errors;
  const where = `"${path}"`;
  if (error !== undefined || tree === undefined) {
    const what = error === undefined ? "ValueExpected" : printParseErrorCode(error.error);
    const message = `This is no JSON: ${what.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()}`;
    throw new ShipConfigError([{ path: [], message, place: placeOf(content, error?.offset ?? 0) }], where);
  }
  try {
    return checkShipConfig(getNodeValue(tree));
  } catch (problem) {
    if (!(problem instanceof ShipConfigError)) throw problem;
    throw new ShipConfigError(problem.problems.map((one) => located(one, tree, content)), where);
  }
}

/** With the place of the key, or of the nearest thing around it that is there. */
function located(problem: ConfigProblem, tree: Node, text: string): ConfigProblem {
  const path = problem.path.map((key) => typeof key === "number" ? key : String(key));
  for (let length = path.length; length >= 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node !== undefined) {
      return { ...problem, place: placeOf(text, (node.parent?.type === "property" ? node.parent : node).offset) };
    }
  }
  return problem;
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: `;
}
