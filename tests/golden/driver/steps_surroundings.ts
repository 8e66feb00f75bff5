/**
 * Steps that change what is around the SDK: environment, files, the user.
 *
 * @module
 */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { toJson } from "./json.ts";
import { numberArgument, type StepTable, textArgument } from "./steps.ts";
import { objectOf } from "./types.ts";

/** The user with the fewest rights, by the number that systems give to `nobody`. */
const NOBODY = 65_534;

/** The steps. */
export const SURROUNDING_STEPS: StepTable = {
  env: (_, variables) => {
    for (const [name, value] of objectOf(variables)) {
      if (value === null) delete process.env[name];
      else process.env[name] = textArgument(value);
    }
  },
  file: (_, path, content, options) => {
    const target = textArgument(path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contentOf(content ?? ""));
    const mode = objectOf(options).get("mode");
    if (typeof mode === "string") chmodSync(target, parseInt(mode, 8));
    const age = objectOf(options).get("age_s");
    if (age === undefined || age === null) return;
    const time = new Date(Date.now() - numberArgument(age) * 1000);
    utimesSync(target, time, time);
  },
  dir: (_, path, mode) => {
    mkdirSync(textArgument(path), { recursive: true });
    if (typeof mode === "string") chmodSync(textArgument(path), parseInt(mode, 8));
  },
  remove: (_, path) => rmSync(textArgument(path), { recursive: true, force: true }),
  symlink: (_, path, target) => symlinkSync(textArgument(target), textArgument(path)),
  cwd: (_, path) => process.chdir(textArgument(path)),
  package: ({ input }, name, version) =>
    addManifest(input.application, { name: textArgument(name), version: textArgument(version) }),
  unprivileged: () => {
    if (process.getuid?.() !== 0) return;
    process.setgroups?.([]);
    process.setgid?.(NOBODY);
    process.setuid?.(NOBODY);
  },
  // Both are made by the driver before the process starts.
  private_var_lib: () => {},
  stdout: () => {},
  names: (context, path) => {
    context.push(
      toJson({ $names: readdirSync(textArgument(path)).filter((name) => name !== ".pontem").map(maskStamp).sort() }),
    );
  },
  tree: (context, path) => context.push(toJson({ $tree: pathsBelow(textArgument(path)).sort() })),
  mode: (context, path) => {
    context.push(toJson({ $mode: (statSync(textArgument(path)).mode & 0o7777).toString(8).padStart(4, "0") }));
  },
  file_text: (context, path) => context.push(toJson({ $text: readFileSync(textArgument(path), "utf8") })),
};

function contentOf(content: Parameters<typeof objectOf>[0]): string | Uint8Array {
  if (typeof content === "string") return content;
  const { hex, repeat, times } = Object.fromEntries(objectOf(content));
  if (typeof hex === "string") return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  return textArgument(repeat).repeat(numberArgument(times));
}

/** Installs a package where the version of a service is looked up: in the manifest above its main module, further ones above that. */
function addManifest(application: string, manifest: { readonly name: string; readonly version: string }): void {
  for (const name of ["deno.json", "jsr.json", "package.json"]) {
    try {
      writeFileSync(join(application, name), JSON.stringify(manifest), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new Error("No place for a fourth package");
}

function maskStamp(name: string): string {
  return name.replace(/\d{9,}/g, (digits) => `<${digits.length} digits>`);
}

function pathsBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).filter(({ name }) => name !== ".pontem").flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? [`${path}/`, ...pathsBelow(path)] : [path];
  });
}
