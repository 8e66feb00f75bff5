/**
 * Rejections that nobody handles, on Bun: they end the process without an `uncaughtExceptionMonitor` (1.4.5).
 *
 * @module
 */
import type { ProcessModule } from "../node/builtin.ts";

/**
 * Observes unhandled rejections. A listener keeps Bun from ending the process, so the rejection is made again without one: the same
 * error is printed and the exit code is the same.
 *
 * @param process The process object.
 * @param crash Is called with the error before the process ends by it.
 * @returns Stops observing.
 */
export function onFatalRejection(process: ProcessModule, crash: (error: unknown) => void): () => void {
  // With a mode of its own the monitor is called, or the process lives on.
  if (process.execArgv.some((arg) => arg.startsWith("--unhandled-rejections"))) return () => {};
  let timer: { unref?: () => void } | undefined;
  const listener = (error: unknown): void => {
    // The service handles rejections itself.
    if (process.listenerCount("unhandledRejection") > 1) return;
    crash(error);
    process.off("unhandledRejection", listener);
    void Promise.reject(error);
    // Should the process still be there, a later rejection is to be observed as well.
    timer = setTimeout(() => process.on("unhandledRejection", listener), 0) as unknown as { unref?: () => void };
    timer.unref?.();
  };
  process.on("unhandledRejection", listener);
  return () => {
    clearTimeout(timer as unknown as number | undefined);
    process.off("unhandledRejection", listener);
  };
}
