/**
 * Reads files of cases.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { type Json, parseJson } from "./json.ts";
import { type GoldenCase, objectOf, stepsOf } from "./types.ts";

/**
 * Reads the cases of a file.
 *
 * @param path The file.
 * @returns Its cases.
 * @throws {TypeError} If it is none of cases.
 */
export function loadCases(path: string | URL): GoldenCase[] {
  const cases = parseJson(readFileSync(path, "utf8"));
  if (!Array.isArray(cases)) throw new TypeError(`Not a list of cases: "${String(path)}"`);
  return cases.map(caseOf);
}

function caseOf(json: Json): GoldenCase {
  const given = objectOf(json);
  const see = given.get("see");
  return {
    id: String(given.get("id")),
    topic: String(given.get("topic") ?? ""),
    steps: stepsOf(given.get("steps")),
    expect: objectOf(given.get("expect")),
    see: Array.isArray(see) ? see.map(String) : [],
  };
}

/** Are these cases of structlog, which have other steps and come with bound loggers? */
export function isStructlog(path: string | URL, cases: readonly GoldenCase[]): boolean {
  if (/structlog/.test(String(path))) return true;
  return cases.some(({ steps }) => steps.some(([name]) => name === "get_logger" || name === "processor"));
}
