/**
 * The whole configuration of a service's logging in one place: levels, profile, redaction, correlation, the loggers of other libraries, DEBUG
 * kept on the device. Copy it, take out what you do not use, and call it before anything else:
 *
 * ```ts
 * import { configureLogging, withCorrelation } from "./logging_config.ts";
 *
 * const { logger } = configureLogging();
 * ```
 *
 * @module
 */
import { configureSync } from "@logtape/logtape";
import { AsyncLocalStorage } from "node:async_hooks";
import { type Logger as PinoLogger, pino } from "pino";
import { createLogger, format, type Logger as WinstonLogger, transports } from "winston";
// In a project of your own: "@pontem/sdk", "@pontem/sdk/bridge/logtape", and so on.
import * as pontem from "../mod.ts";
import { logtapeSink } from "../src/bridge/logtape.ts";
import { pinoOptions } from "../src/bridge/pino.ts";
import { winston } from "../src/bridge/winston.ts";

/** What a service logs with. */
export interface Loggers {
  /** The logger of this SDK: into files, rotated and shipped. */
  readonly logger: pontem.Logger;
  /** pino, for libraries that ask for one: the same lines on standard output, without the queue. */
  readonly pino: PinoLogger;
  /** winston, as the service had it before: the same lines where its transports go. */
  readonly winston: WinstonLogger;
}

/** What does not depend on where the service runs; the rest comes from `PONTEM_*` variables. */
const OPTIONS: pontem.InitOptions = {
  serviceName: "edge-gateway",

  // INFO and above into the files that are shipped ...
  level: "INFO",
  // ... but a library that talks too much only from WARN on. The longest prefix wins.
  levels: { "net": "WARN", "net.mqtt": "INFO" },
  // Whoever configures the device may change it while the service runs: logging.json, {"levels": {"level": "DEBUG", "until": "..."}}.
  levelsFrom: { namespace: "logging", key: "levels" },
  // TRACE and DEBUG stay on the device, in hourly files that nobody ships, for a day.
  debug: { level: "DEBUG", retentionHours: 24 },

  // A flash card wears out: small files, metrics once a minute, a sync only where it matters.
  profile: "flash",
  retention: { maxFiles: 5, maxTotalBytes: 8 * 1_048_576 },

  // Nobody gets to see these, in records, in metrics and through the bridges. Other paths: "user.email", "items[*].price", "**.token".
  redact: ["password", "authorization", "user.email"],
  // A loop that fails a thousand times a second fills no card; how many records were withheld is recorded.
  processors: [pontem.rateLimit({ max: 100, perMs: 1_000 })],
};

/**
 * Configures all loggers, once, at the start of the service.
 *
 * @param overrides Options that are different here, such as `emitDir` in a test.
 * @returns The loggers.
 * @throws What `init` throws.
 */
export function configureLogging(overrides: Partial<pontem.InitOptions> = {}): Loggers {
  const ofWinston = createLogger({
    format: format.combine(format.splat(), format.json()),
    transports: [new transports.Console()],
  });
  // Keys that may come and go with the correlation id, in `baggage` headers and PONTEM_CONTEXT. To be said before `init`.
  pontem.context.allow("request_kind");
  pontem.init({ ...OPTIONS, stdlibLogging: [console, winston(ofWinston)], ...overrides });

  // These two are made with our options instead; after `init`, so that they know the resource.
  const ofPino = pino({ ...pinoOptions(), name: "pino", level: "debug" });
  configureSync({
    reset: true,
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: { pontem: logtapeSink() },
    loggers: [
      { category: [], sinks: ["pontem"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], lowestLevel: "warning" },
    ],
  });
  return { logger: pontem.getLogger("gateway"), pino: ofPino, winston: ofWinston };
}

/**
 * Does a piece of work, such as a request, under the correlation id that came with it, or under one of its own.
 *
 * @param headers What it came with.
 * @param work The work; every record of it, by whichever logger, carries the id.
 * @returns What the work returns.
 */
export function withCorrelation<T>(headers: pontem.HeaderSource, work: () => T): T {
  const { context } = pontem;
  return context.run({}, () => {
    context.restore(headers);
    if (context.current()["correlation_id"] === undefined) context.bind({ correlation_id: context.correlationId() });
    return work();
  });
}
