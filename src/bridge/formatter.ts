/**
 * Lines of the wire format for other loggers: their destinations, filters and rotation stay as they are, only the text is ours.
 *
 * @module
 */
import { encodeAttributes } from "../record/attributes.ts";
import { bodyText, fitBody } from "../record/body.ts";
import { thrownMarker } from "../record/entries.ts";
import { isError } from "../record/exception.ts";
import { isSeverityNumber, Level } from "../record/level.ts";
import { attributesRoom, lineText } from "../record/line.ts";
import { parseJson } from "../record/parse_json.ts";
import { type Resource, resourceText } from "../record/resource.ts";
import { END_OF_TIME_MS } from "../record/timestamp.ts";
import { visible } from "../record/visible.ts";
import type { Bridge, ForeignEvent } from "./bridge.ts";
import { bridgesOf } from "./choice.ts";
import type { ConsoleObject } from "./console.ts";
import { eventAttributes } from "./event_attributes.ts";
import { checkFormatterOptions, type FormatterOptions, mergeResource } from "./formatter_resource.ts";
import { linkSource, type Source, sourceOf } from "./source.ts";

export type { FormatterOptions } from "./formatter_resource.ts";

/** Formatting may begin anew within itself so often: a `toJSON` of the service may log too, and what it logs may call it again. */
export const MAX_NESTING = 8;

/**
 * Turns a record of another logger into a line of the wire format, without the queue: what becomes of the line is up to that logger, and
 * `emitTarget`, `level`, processors and rotation of the SDK have no part in it. Context and trace of the moment are in the line, and what
 * option `redact` hides is hidden. Values have the same forms and limits as in a direct record.
 *
 * A formatter made before `init` takes up what `init` populates from then on; made after, it goes on after `shutdown`.
 *
 * @example A line
 * ```ts
 * import assert from "node:assert/strict";
 * import { Level, PontemFormatter } from "@pontem/sdk";
 *
 * const formatter = new PontemFormatter({ serviceName: "my-service" });
 * const line = formatter.format({ severityNumber: Level.INFO, body: "ready", attributes: { port: 80 }, loggerName: "web" });
 * const { body, attributes, resource } = JSON.parse(line);
 * assert.deepEqual([body, attributes], ["ready", { port: 80, "logger.name": "web" }]);
 * assert.deepEqual(resource, { "service.name": "my-service" });
 * ```
 */
export class PontemFormatter {
  readonly #own: Resource;
  readonly #source: Source;
  /** Which resource of `init` the text was made with. */
  #base: Resource | undefined;
  #resource: string;
  #depth = 0;

  /**
   * Makes a formatter.
   *
   * @param options Resource attributes, and whose they are merged with.
   * @throws {TypeError} An option that does not exist, or a value it cannot have.
   * @throws {Error} When neither the options nor `init` say a `service.name`.
   * @throws {RangeError} When the resource is too large.
   */
  constructor(options?: FormatterOptions) {
    const { own, pontem } = checkFormatterOptions(options);
    const source = sourceOf(pontem);
    if (source === undefined) {
      throw new TypeError(
        'Cannot use option "pontem": it is no instance of this SDK. Pass what createPontem() returned, or the module',
      );
    }
    const resource = mergeResource(own, source.resource);
    if (resource === undefined) {
      throw new Error(
        'Cannot make a PontemFormatter without a "service.name": pass serviceName, put "service.name" into resource, or call init() before',
      );
    }
    this.#own = own;
    this.#source = source;
    this.#base = source.resource;
    this.#resource = resourceText(resource);
    linkSource(this, source);
  }

  /**
   * Installs a formatter on loggers, which then write wire lines to the destinations they have at this moment; call it again after more were
   * added. A logger that has one already gets the new one instead; one that cannot have it (no destinations) stays as it is, and a message says
   * why.
   *
   * @param bridges The loggers: bridges, or a console. Left out: those of the last time, else the console.
   * @param options Options of the formatter.
   * @returns Takes them out again: every logger is as it was before.
   * @throws {TypeError} What is no bridge and no console.
   * @throws {Error} What the constructor throws. Then nothing has changed.
   *
   * @example The console for a while
   * ```ts
   * import assert from "node:assert/strict";
   * import { PontemFormatter } from "@pontem/sdk";
   *
   * const lines: string[] = [];
   * const take = (line: string) => void lines.push(line);
   * const own = { log: take, info: take, debug: take, warn: take, error: take };
   * const uninstall = PontemFormatter.install([own], { serviceName: "my-service" });
   * own.warn("disk nearly full");
   * uninstall();
   * assert.equal(JSON.parse(lines[0] ?? "").severityText, "WARN");
   * assert.equal(own.warn, take);
   * ```
   */
  static install(bridges?: readonly (Bridge | ConsoleObject)[], options?: FormatterOptions): () => void {
    const formatter = new PontemFormatter(options);
    const { bridges: installed, diagnostics } = formatter.#source;
    const chosen = bridges === undefined ? installed.last ?? bridgesOf(true) : bridgesOf(bridges);
    // Whoever installs a formatter is a service, not a library that has to stay silent.
    diagnostics.start();
    return installed.install(chosen, formatter, diagnostics);
  }

  /**
   * Makes the line of a record. Never throws: what cannot be written leaves a marker in its place.
   *
   * @param event The record.
   * @returns The line without a line feed.
   */
  format(event: ForeignEvent): string {
    if (this.#depth >= MAX_NESTING) return this.#rescue("[MaxDepth]");
    this.#depth++;
    try {
      return this.#line(event);
    } catch (error) {
      // Only an event that is none, or a getter of it, gets here.
      return this.#rescue(JSON.parse(thrownMarker(error)) as string);
    } finally {
      this.#depth--;
    }
  }

  #line(event: ForeignEvent): string {
    const { clock, surroundings, redact } = this.#source;
    const called = clock.now();
    const scope = surroundings?.scope(undefined);
    const text = bodyText(isError(event.body) ? event.body : visible(event.body, redact));
    const fitted = fitBody(text);
    const body = JSON.stringify(fitted);
    const parts = { body, trace: scope?.trace ?? "", resource: this.#resourceText() };
    const room = attributesRoom(parts);
    const cut = fitted !== text;
    let attributes = eventAttributes(event, {
      room,
      cut,
      bodyChars: body.length,
      bound: scope === undefined || scope.text === "" ? undefined : scope.attributes,
    });
    if (redact !== undefined) {
      attributes = encodeAttributes(redact(parseJson(attributes) as Record<string, unknown>), { room, cut });
    }
    const { timeMs, severityNumber } = event;
    return lineText({
      ...parts,
      // Code of the user may have logged meanwhile; this line comes after that one.
      timeUnixMicro: isTime(timeMs) ? timeMs * 1000 : Math.max(called, clock.last),
      level: isSeverityNumber(severityNumber) ? severityNumber : Level.INFO,
      attributes,
    });
  }

  #rescue(body: string): string {
    return lineText({
      timeUnixMicro: this.#source.clock.now(),
      level: Level.ERROR,
      body: JSON.stringify(body),
      attributes: "{}",
      trace: "",
      resource: this.#resource,
    });
  }

  /** `init` may have run since, perhaps with other options. */
  #resourceText(): string {
    const { resource } = this.#source;
    if (resource !== this.#base) {
      this.#base = resource;
      try {
        this.#resource = resourceText(mergeResource(this.#own, resource) ?? {});
      } catch {
        this.#source.diagnostics.once(
          "formatter-resource",
          "pontem.sdk",
          "WARN",
          'A PontemFormatter keeps its former resource: together with that of init() it is too large. Pass fewer attributes in "resource"',
        );
      }
    }
    return this.#resource;
  }
}

function isTime(ms: number | undefined): ms is number {
  return typeof ms === "number" && ms >= 0 && ms < END_OF_TIME_MS;
}
