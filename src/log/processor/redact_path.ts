/**
 * The paths of `redact`: `password`, `user.email`, `items[*].price`, `a["b-c"]`, `**.token`.
 *
 * @module
 */

/** Longest path in characters. */
export const MAX_PATH_CHARS = 512;
/** Steps of one path. */
export const MAX_PATH_STEPS = 32;

/** One step of a path: a name, any name or index, any number of steps. */
export type PathStep =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "folded"; readonly name: string }
  | { readonly kind: "any" }
  | { readonly kind: "deep" };

const ANY: PathStep = { kind: "any" };
const DEEP: PathStep = { kind: "deep" };

/** A step in brackets: `[*]`, `[0]`, `["text"]`, `['text']`; within quotes a backslash takes the next character as it is. */
const BRACKETS = /^\[(?:(\*)|(\d+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]/s;
const NAME = /^[^.[\]"'*\s]+/;
const STARS = /^\*\*?/;

/**
 * Takes a path apart.
 *
 * @param path The text.
 * @returns Its steps; `undefined` when it is no path, or a longer one than may be.
 */
export function parsePath(path: string): readonly PathStep[] | undefined {
  if (path.length > MAX_PATH_CHARS) return undefined;
  const steps: PathStep[] = [];
  let bare = true;
  let rest = path;
  while (rest !== "") {
    if (steps.length > 0 && !rest.startsWith("[")) {
      if (!rest.startsWith(".")) return undefined;
      rest = rest.slice(1);
    }
    const taken = takeStep(rest);
    if (taken === undefined) return undefined;
    bare &&= !rest.startsWith("[");
    steps.push(taken.step);
    rest = rest.slice(taken.length);
  }
  if (steps.length === 0 || steps.length > MAX_PATH_STEPS) return undefined;
  const [first] = steps;
  if (bare && steps.length === 1 && first?.kind === "name") return [DEEP, { kind: "folded", name: folded(first.name) }];
  // What ends in "**" means everything below, not the place itself.
  return steps.at(-1) === DEEP ? [...steps, ANY] : steps;
}

/** A name as it is compared without case. */
export function folded(name: string): string {
  return name.toLowerCase();
}

function takeStep(rest: string): { readonly step: PathStep; readonly length: number } | undefined {
  const brackets = BRACKETS.exec(rest);
  if (brackets !== null) {
    const [whole, star, index, double, single] = brackets;
    const quoted = (double ?? single)?.replace(/\\(.)/gs, "$1");
    return { step: star === undefined ? { kind: "name", name: index ?? quoted ?? "" } : ANY, length: whole.length };
  }
  const stars = STARS.exec(rest)?.[0];
  if (stars !== undefined) return { step: stars === "*" ? ANY : DEEP, length: stars.length };
  const name = NAME.exec(rest)?.[0];
  return name === undefined ? undefined : { step: { kind: "name", name }, length: name.length };
}
