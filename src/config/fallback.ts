/**
 * The types that tie a look-up's result to its fallback.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "./json_value.ts";

/**
 * Admits only fallbacks that JSON could hold: functions, dates, maps, bigints and symbols do not compile.
 * Interfaces pass as well as type aliases, which an index signature would not allow.
 */
export type JsonFallback<T> = T extends string | number | boolean | null | undefined ? T
  : T extends bigint | symbol | ((...args: never[]) => unknown) ? never
  : { readonly [K in keyof T]: JsonFallback<T[K]> };

/**
 * What a look-up with a fallback of type `T` gives: the kind of the fallback, widened, because the file may hold any
 * value of that kind, and read-only, because it is frozen. A `null` fallback says nothing about the kind.
 */
export type ConfigValue<T> = T extends undefined ? JsonValue | undefined : WidenedValue<T>;

/** {@link ConfigValue} of a value within: a property that may be missing stays one. */
export type WidenedValue<T> = T extends string ? string
  : T extends number ? number
  : T extends boolean ? boolean
  : T extends null ? JsonValue
  : T extends undefined ? undefined
  : T extends readonly (infer E)[] ? readonly ([E] extends [never] ? JsonValue : WidenedValue<E>)[]
  : [keyof T] extends [never] ? JsonObject
  : { readonly [K in keyof T]: WidenedValue<T[K]> };
