/**
 * Checks of what a Loki sink is set up with.
 *
 * @module
 */
import { show } from "../../option/check.ts";
import { labelName, MAX_LABELS } from "./loki_labels.ts";

/** Path of the push endpoint. */
const PUSH = "/loki/api/v1/push";
/** Shorter lines than these cannot be asked for: a note of the cut must fit. */
const LEAST_LINE_BYTES = 1_024;

/**
 * Where pushes go.
 *
 * @param url Address of Loki, or of its push endpoint.
 * @returns Address of the push endpoint.
 * @throws {TypeError} If it is no URL. The message does not show it: it may have credentials.
 */
export function pushUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError(`Cannot use option "url" of Loki: expected a URL such as "http://loki:3100"`);
  }
  const path = parsed.pathname.replace(/\/+$/, "");
  parsed.pathname = path.endsWith(PUSH) ? path : path + PUSH;
  return parsed.href;
}

/**
 * Checks a tenant: Loki answers 400 to every push of one that it does not like.
 *
 * @param tenant Its name.
 * @returns The name.
 * @throws {RangeError} If Loki would not take it.
 */
export function checkTenant(tenant: string): string {
  if (/^[a-zA-Z0-9!_.*'()-]{1,150}$/.test(tenant) && tenant !== "." && tenant !== "..") return tenant;
  throw new RangeError(
    `Cannot use option "tenant" of Loki: expected 1 to 150 of the characters a-z A-Z 0-9 ! - _ . * ' ( ), got ${
      show(tenant)
    }`,
  );
}

/**
 * Checks the limit of a line.
 *
 * @param bytes The limit.
 * @returns It.
 * @throws {RangeError} If a note of the cut would not fit.
 */
export function checkLineBytes(bytes: number): number {
  if (Number.isInteger(bytes) && bytes >= LEAST_LINE_BYTES) return bytes;
  throw new RangeError(
    `Cannot use option "maxLineBytes" of Loki: expected a whole number from ${LEAST_LINE_BYTES}, got ${show(bytes)}`,
  );
}

/**
 * Checks labels.
 *
 * @param labels Those that are always the same.
 * @param resourceLabels Resource attributes that become labels.
 * @returns The labels.
 * @throws {RangeError} If a name is none, or there are too many.
 */
export function checkLabels(
  labels: Readonly<Record<string, string>>,
  resourceLabels: readonly string[],
): Readonly<Record<string, string>> {
  for (const name of Object.keys(labels)) {
    if (/^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,1023}$/.test(name) && name !== "lane") continue;
    throw new RangeError(
      `Cannot use label ${
        show(name)
      } of Loki: expected letters, digits and underscores, not "lane" and no "__" in front. ` +
        `Rename it to ${show(name === "lane" ? "lane_name" : labelName(name))}`,
    );
  }
  const names = new Set([...Object.keys(labels), ...resourceLabels.map(labelName), "lane"]);
  if (names.delete("lane") && resourceLabels.some((key) => labelName(key) === "lane" || labelName(key) === "")) {
    throw new RangeError(`Cannot use "resourceLabels" of Loki: "lane" and empty names cannot be labels`);
  }
  // The service's name is not counted by Loki, and the lane is one of the labels.
  names.delete("service_name");
  if (names.size + 1 <= MAX_LABELS) return labels;
  throw new RangeError(
    `Cannot use ${
      names.size + 1
    } labels with Loki: it takes ${MAX_LABELS} beside service_name. Remove some of "labels" or "resourceLabels"`,
  );
}
