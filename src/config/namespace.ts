/**
 * Namespaces are names, never paths: what they may be, and which file one means.
 *
 * @module
 */

/** Longest namespace, in bytes of UTF-8: file systems take 255 for a name, and `.json` must fit as well. */
export const MAX_NAMESPACE_BYTES = 200;

// deno-lint-ignore no-control-regex
const NOT_IN_A_NAME = /[\u0000-\u001f\u007f-\u009f/\\]/;
const SHOWN = 64;
const encoder = new TextEncoder();

/**
 * Tells whether a value is usable as a namespace.
 *
 * @param namespace Anything.
 * @returns What is wrong with it, `undefined` when nothing is.
 */
export function namespaceProblem(namespace: unknown): string | undefined {
  if (typeof namespace !== "string") return `it is of type ${typeof namespace}, pass a string`;
  if (namespace === "") return "it is empty";
  if (namespace === "." || namespace === "..") return "it means a directory";
  if (NOT_IN_A_NAME.test(namespace)) return "it has a separator or a control character";
  if (!namespace.isWellFormed()) return "it has half of a surrogate pair";
  // The length in code units is never above the one in bytes and costs nothing to ask.
  if (namespace.length > MAX_NAMESPACE_BYTES || encoder.encode(namespace).length > MAX_NAMESPACE_BYTES) {
    return `it is longer than ${MAX_NAMESPACE_BYTES} bytes`;
  }
  return undefined;
}

/**
 * Names the file of a namespace.
 *
 * @param directory The config directory.
 * @param namespace A namespace without a problem.
 * @returns The path.
 */
export function namespaceFile(directory: string, namespace: string): string {
  return `${directory.endsWith("/") ? directory.slice(0, -1) : directory}/${namespace}.json`;
}

/**
 * Shows a name in a message: in quotes, on one line, not longer than a reader needs.
 *
 * @param name A namespace or a key.
 * @returns The text.
 */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > SHOWN ? `${name.slice(0, SHOWN)}...` : name);
}
