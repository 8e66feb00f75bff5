/**
 * Where a text stops being JSONC. The parsers' own messages cannot be used for that: they differ between engines, some
 * have no position, and they echo the text, which may hold secrets.
 *
 * @module
 */

/** The first problem of a text. */
export interface SyntaxProblem {
  /** Index into the text, in UTF-16 code units. */
  readonly offset: number;
  /** What is wrong there, without anything from the text. */
  readonly reason: string;
}

/** A place in a text as editors show it. */
export interface Place {
  /** Line, from 1. LF, CRLF and CR end one. */
  readonly line: number;
  /** Character in the line, from 1. */
  readonly column: number;
}

/** `element` and `key` may also be the closing mark: of an empty array or object, or after a trailing comma. */
type Expecting = "value" | "element" | "key" | "colon" | "end";

const BLANKS = " \t\r\n";
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const AT_END = "the file ends too early";
const EXPECTED: Readonly<Record<Expecting, string>> = {
  value: "a value was expected",
  element: 'a value or "]" was expected',
  key: 'a key in double quotes or "}" was expected',
  colon: '":" was expected',
  end: "nothing more was expected",
};

/**
 * Finds the first problem of a text that should be JSON with comments and trailing commas.
 *
 * @param text The text, without a byte order mark.
 * @returns The problem; `undefined` exactly when a JSONC parser accepts the text.
 */
export function locateProblem(text: string): SyntaxProblem | undefined {
  const open: ("}" | "]")[] = [];
  let expecting: Expecting = "value";
  let at = 0;
  while (true) {
    const gap = skipGap(text, at);
    if (typeof gap !== "number") return gap;
    at = gap;
    const char = text.charAt(at);
    const closing = open.at(-1);
    if (char === "") {
      return expecting === "end" && closing === undefined ? undefined : { offset: at, reason: AT_END };
    }
    if (char === closing && expecting !== "colon" && expecting !== "value") {
      open.pop();
      expecting = "end";
      at++;
    } else if (expecting === "end") {
      if (closing === undefined) return { offset: at, reason: EXPECTED.end };
      if (char !== ",") return { offset: at, reason: `"," or "${closing}" was expected` };
      expecting = closing === "}" ? "key" : "element";
      at++;
    } else if (expecting === "colon") {
      if (char !== ":") return { offset: at, reason: EXPECTED.colon };
      expecting = "value";
      at++;
    } else if (char === '"') {
      const end = skipString(text, at);
      if (typeof end !== "number") return end;
      at = end;
      expecting = expecting === "key" ? "colon" : "end";
    } else if (expecting === "key") {
      return { offset: at, reason: EXPECTED.key };
    } else if (char === "{" || char === "[") {
      open.push(char === "{" ? "}" : "]");
      expecting = char === "{" ? "key" : "element";
      at++;
    } else {
      const length = matchAt(WORD, text, at);
      if (length === 0) return { offset: at, reason: EXPECTED[expecting] };
      at += length;
      expecting = "end";
    }
  }
}

/**
 * Skips blanks and comments.
 *
 * @param text The text.
 * @param from Where to start.
 * @returns Where the next token starts, or the problem of a comment that is not closed.
 */
export function skipGap(text: string, from: number): number | SyntaxProblem {
  let at = from;
  while (at < text.length) {
    if (BLANKS.includes(text.charAt(at))) {
      at++;
    } else if (text.startsWith("//", at)) {
      while (at < text.length && text.charAt(at) !== "\n" && text.charAt(at) !== "\r") at++;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      if (end < 0) return { offset: at, reason: "this comment is not closed" };
      at = end + 2;
    } else break;
  }
  return at;
}

/** Skips a string by hand: a pattern over a long one may overflow an engine's stack. */
function skipString(text: string, start: number): number | SyntaxProblem {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x0a || code === 0x0d) break;
    if (code < 0x20) return { offset: at, reason: "a control character must be escaped" };
    if (code === 0x5c) {
      const length = matchAt(ESCAPE, text, at);
      if (length === 0) return { offset: at, reason: "this escape is not one of JSON" };
      at += length - 1;
    }
  }
  return { offset: start, reason: "this string is not closed" };
}

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/**
 * Turns an index into line and column.
 *
 * @param text The text.
 * @param offset Index in UTF-16 code units.
 * @returns Line and column; a character outside the basic plane is one column, and so is a tab.
 */
export function placeOf(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}
