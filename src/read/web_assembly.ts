/**
 * Code in WebAssembly that modules carry as base64.
 *
 * @module
 */
import { bytesOfBase64 } from "../record/base64.ts";

/** What was compiled, by its code: each is compiled once. */
const compiled: Map<string, WebAssembly.Module> = new Map();

/**
 * Makes an instance, with a memory of its own.
 *
 * @param code The code, base64.
 * @returns What it exports; `undefined` where it cannot be had, on a processor without SIMD or with no memory for it.
 */
export function instantiate<T>(code: string): T | undefined {
  try {
    const module = compiled.get(code) ?? new WebAssembly.Module(bytesOfBase64(code));
    compiled.set(code, module);
    return new WebAssembly.Instance(module).exports as T;
  } catch {
    return undefined;
  }
}
