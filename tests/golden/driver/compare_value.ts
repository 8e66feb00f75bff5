/**
 * Compares one value with what is expected of it.
 *
 * @module
 */
import { type Json, JsonNumber, writeJson } from "./json.ts";
import { type Expected, type ExpectedObject, Mask, type RunFacts } from "../translate/mask.ts";

/** Large sums of large integers differ in their last digits, which JavaScript has not. */
const PRECISION = 2 ** -51;

/**
 * Compares.
 *
 * @param expected What is expected.
 * @param actual What is there.
 * @param run When and where it ran.
 * @param path Where in a line, for messages.
 * @returns What is wrong; nothing when all is well.
 */
export function compareValue(expected: Expected, actual: Json | undefined, run: RunFacts, path = ""): string[] {
  if (actual === undefined) return [`${path}: missing`];
  if (expected instanceof Mask) return expected.holds(actual, run) ? [] : [differs(path, expected.wants, actual)];
  if (expected instanceof JsonNumber) return compareNumber(expected, actual, path);
  if (typeof expected === "string") {
    const masked = typeof actual === "string" ? maskDirectory(actual, run.directory) : actual;
    return masked === expected ? [] : [differs(path, JSON.stringify(expected), masked)];
  }
  if (expected === null || typeof expected === "boolean") {
    return actual === expected ? [] : [differs(path, String(expected), actual)];
  }
  if (Array.isArray(expected)) return compareList(expected, actual, run, path);
  return compareObject(expected, actual, run, path);
}

/** A text in which the working directory is as the cases have it. */
export function maskDirectory(text: string, directory: string): string {
  return text.replaceAll(directory, "<tmp>");
}

function compareNumber(expected: JsonNumber, actual: Json, path: string): string[] {
  if (!(actual instanceof JsonNumber)) return [differs(path, expected.text, actual)];
  const near = Math.abs(actual.value - expected.value) <=
    (Number.isSafeInteger(expected.value) ? 0 : Math.abs(expected.value) * PRECISION);
  if (!near) return [differs(path, expected.text, actual)];
  return actual.text === String(actual.value)
    ? []
    : [`${path}: the number ${actual.text} is not written as JavaScript writes it`];
}

function compareList(expected: readonly Expected[], actual: Json, run: RunFacts, path: string): string[] {
  if (!Array.isArray(actual)) return [differs(path, "a list", actual)];
  const problems = actual.length === expected.length
    ? []
    : [`${path}: ${expected.length} items expected, got ${actual.length}: ${short(actual)}`];
  return problems.concat(
    expected.slice(0, actual.length).flatMap((item, i) => compareValue(item, actual[i], run, `${path}[${i}]`)),
  );
}

function compareObject(expected: ExpectedObject, actual: Json, run: RunFacts, path: string): string[] {
  if (!(actual instanceof Map)) return [differs(path, "an object", actual)];
  const [wanted, given] = [[...expected.keys()], [...actual.keys()]];
  const places = isUnordered(path, expected) ? [wanted.toSorted(), given.toSorted()] : [wanted, given];
  if (JSON.stringify(places[0]) !== JSON.stringify(places[1])) {
    return [`${path}: keys ${JSON.stringify(wanted)} expected, got ${JSON.stringify(given)}`];
  }
  return wanted.flatMap((key) => compareValue(expected.get(key) ?? null, actual.get(key), run, `${path}.${key}`));
}

/** The order of a metric's attributes means nothing. */
function isUnordered(path: string, expected: ExpectedObject): boolean {
  return unordered.has(expected) && path !== "";
}

const unordered = new WeakSet<ExpectedObject>();

/** Marks an object whose order means nothing. */
export function markUnordered(object: ExpectedObject): ExpectedObject {
  unordered.add(object);
  return object;
}

function differs(path: string, wants: string, actual: Json): string {
  return `${path === "" ? "value" : path}: expected ${cut(wants)}, got ${short(actual)}`;
}

/** The text of a value, for messages. */
export function short(value: Json): string {
  return cut(writeJson(value));
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}... (${text.length} characters)` : text;
}
