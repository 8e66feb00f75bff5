/**
 * From the bytes of a config file to its values, or to a reason that tells where to look without showing what is there.
 *
 * @module
 */
import { parse as parseJsonc } from "@std/jsonc";
import { parseJson } from "../record/parse_json.ts";
import { freezeDeep, jsonKind, type JsonObject, type JsonValue, MAX_DEPTH } from "./json_value.ts";
import { locateProblem, type Place, placeOf, skipGap } from "./locate.ts";

/** What decoding gave: frozen values, or what is wrong. */
export type Decoded = { readonly root: JsonObject } | { readonly problem: string };

const utf8 = new TextDecoder("utf-8", { fatal: true });
const lossyUtf8 = new TextDecoder();

/**
 * Decodes the content of a config file: UTF-8 with or without a byte order mark, JSON or JSONC, an object at the top.
 *
 * @param bytes The content.
 * @returns The frozen object, or the problem, with line and column where there is a place to show.
 */
export function decode(bytes: Uint8Array): Decoded {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    const { line, column } = placeOfBadByte(bytes);
    return { problem: `line ${line}, column ${column}: this is not UTF-8, save the file as UTF-8` };
  }
  const parsed = parse(text);
  if ("problem" in parsed) return parsed;
  const { root } = parsed;
  if (jsonKind(root) !== "object") {
    const start = skipGap(text, 0);
    return { problem: at(text, typeof start === "number" ? start : 0, "an object was expected at the top") };
  }
  if (!freezeDeep(root)) return { problem: `values are nested deeper than ${MAX_DEPTH} levels` };
  return { root: root as JsonObject };
}

/** `JSON.parse` first: it takes nearly every file and is many times faster. */
function parse(text: string): { readonly root: JsonValue } | { readonly problem: string } {
  try {
    return { root: parseJson(text) as JsonValue };
  } catch {
    const problem = locateProblem(text);
    if (problem !== undefined) return { problem: at(text, problem.offset, problem.reason) };
  }
  try {
    return { root: parseJsonc(text) as JsonValue };
  } catch {
    // Good JSONC all the same: the recursive parser ran out of stack.
    return { problem: "values are nested too deep" };
  }
}

function at(text: string, offset: number, reason: string): string {
  const { line, column } = placeOf(text, offset);
  return `line ${line}, column ${column}: ${reason}`;
}

/** No UTF-8 sequence contains the byte of a line feed, so lines can be tried one by one. */
function placeOfBadByte(bytes: Uint8Array): Place {
  let start = 0;
  for (let line = 1;; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed;
    const part = bytes.subarray(start, end);
    try {
      utf8.decode(part);
    } catch {
      const readable = lossyUtf8.decode(part).split("\ufffd", 1)[0] ?? "";
      return { line, column: Array.from(readable).length + 1 };
    }
    // Only a broken decoder gets here at the end; it must not make this loop endless.
    if (feed < 0) return { line, column: 1 };
    start = end + 1;
  }
}
