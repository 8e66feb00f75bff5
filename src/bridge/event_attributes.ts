/**
 * The attributes of a foreign record as they are written: context, those of the record, the logger's name, the error.
 *
 * @module
 */
import { called, plainCopy, SMALL_RECORD } from "../log/core.ts";
import { flatSize } from "../log/processor/plain.ts";
import { type AttributeSurroundings, encodeAttributes } from "../record/attributes.ts";
import { exceptionEntries, isError } from "../record/exception.ts";
import { LOGGER_NAME } from "../record/scope.ts";
import type { ForeignEvent } from "./bridge.ts";

/** What the attributes are written with. */
export interface EventSurroundings extends Pick<AttributeSurroundings, "room" | "bound" | "cut"> {
  /** Characters that the body has in JSON. */
  readonly bodyChars: number;
}

/**
 * JSON text of a record's attributes.
 *
 * @param event The record.
 * @param surroundings What they are written with.
 * @returns JSON text of an object.
 */
export function eventAttributes(event: ForeignEvent, surroundings: EventSurroundings): string {
  const { body, loggerName } = event;
  const attributes = called(event.attributes);
  const error = event.error ?? (isError(body) ? body : undefined);
  const { bound, cut, bodyChars } = surroundings;
  if (error === undefined && bound === undefined && cut !== true) {
    const text = flatText(attributes, loggerName, SMALL_RECORD - bodyChars);
    if (text !== undefined) return text;
  }
  return encodeAttributes(attributes, { ...surroundings, after: after(loggerName, error) });
}

/** A flat object of short texts and numbers needs no closer look: a line of four takes 0.6-2 µs instead of 4-6. `undefined` for anything else. */
function flatText(attributes: unknown, loggerName: string | undefined, most: number): string | undefined {
  const copy = attributes === undefined ? {} : plainCopy(attributes);
  // A hook on the prototype of all objects would be called.
  if (copy === undefined || "toJSON" in copy) return undefined;
  if (isName(loggerName) && !Object.hasOwn(copy, LOGGER_NAME)) copy[LOGGER_NAME] = loggerName;
  const size = flatSize(copy);
  return size < 0 || size > most ? undefined : JSON.stringify(copy);
}

/** The logger's name and the error, which come after what the call gave. */
function after(loggerName: string | undefined, error: unknown): ReadonlyMap<string, unknown> {
  const named: [string, unknown][] = isName(loggerName) ? [[LOGGER_NAME, loggerName]] : [];
  if (isError(error)) return new Map([...named, ...exceptionEntries(error)]);
  // What is thrown need not be an Error.
  return new Map(error === undefined || error === null ? named : [...named, ["exception.message", error]]);
}

function isName(name: unknown): name is string {
  return typeof name === "string" && name !== "";
}
