/**
 * Python's `%` for texts, as far as log messages use it.
 *
 * @module
 */

const PLACE = /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([sdifrxXegGcoau%])/g;

/**
 * Fills in.
 *
 * @param text The text.
 * @param args Values: one for each place, or one map for places with names.
 * @returns The text with them.
 * @throws {TypeError} When there are too few or too many, or one has the wrong kind.
 */
export function percent(text: string, args: readonly unknown[]): string {
  const named = args.length === 1 && isMap(args[0]) ? args[0] : undefined;
  let taken = 0;
  const filled = text.replace(PLACE, (_, name, flags, width, precision, kind) => {
    if (kind === "%") return "%";
    if (name !== undefined && named === undefined) throw new TypeError("format requires a mapping");
    if (name !== undefined && !(name in (named ?? {}))) throw new TypeError(`no value for ${String(name)}`);
    if (name === undefined && taken >= args.length) throw new TypeError("not enough arguments for format string");
    const value = name === undefined ? args[taken++] : named?.[String(name)];
    return padded(shown(value, String(kind), precision === undefined ? undefined : Number(precision)), flags, width);
  });
  if (named === undefined && taken < args.length) throw new TypeError("not all arguments converted");
  if (/%(?![-+ 0#]*\d*(?:\.\d+)?[sdifrxXegGcoau%(])/.test(text.replaceAll("%%", ""))) {
    throw new TypeError("unsupported format character");
  }
  return filled;
}

function padded(text: string, flags: string, width: string | undefined): string {
  const signed = flags.includes("+") && /^\d/.test(text) ? `+${text}` : text;
  if (width === undefined) return signed;
  if (flags.includes("-")) return signed.padEnd(Number(width));
  return signed.padStart(Number(width), flags.includes("0") ? "0" : " ");
}

function shown(value: unknown, kind: string, precision: number | undefined): string {
  if (kind === "s" || kind === "a") return pythonText(value).slice(0, precision);
  if (kind === "r") return typeof value === "string" ? `'${value}'` : pythonText(value);
  if (typeof value === "bigint" && "diu".includes(kind)) return String(value);
  const number = typeof value === "boolean" ? Number(value) : value;
  if (typeof number !== "number") throw new TypeError(`%${kind} format: a number is required`);
  switch (kind) {
    case "d":
    case "i":
    case "u":
      return String(Math.trunc(number));
    case "x":
      return Math.trunc(number).toString(16);
    case "X":
      return Math.trunc(number).toString(16).toUpperCase();
    case "o":
      return Math.trunc(number).toString(8);
    case "c":
      return String.fromCodePoint(number);
    case "e":
      return number.toExponential(precision ?? 6).replace(/e([-+])(\d)$/, "e$10$2");
    case "f":
      return number.toFixed(precision ?? 6);
    default:
      return String(Number(number.toPrecision(precision ?? 6)));
  }
}

/** What `str()` makes of a value. */
function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map((item) => shown(item, "r", undefined)).join(", ")}]`;
  if (isMap(value) && Object.getPrototypeOf(value) === Object.prototype && !Object.hasOwn(value, "toString")) {
    const pairs = Object.entries(value).map(([key, item]) => `'${key}': ${shown(item, "r", undefined)}`);
    return `{${pairs.join(", ")}}`;
  }
  return value instanceof Error ? value.message : String(value);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
