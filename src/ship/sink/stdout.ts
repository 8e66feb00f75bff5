/**
 * Sink for standard output: the lines as they are. A reader that is slow is waited for, without blocking the process.
 *
 * @module
 */
import { writeAll } from "../../emit/small_file.ts";
import { errorCode } from "../../port/file_system.ts";
import type { Host, StandardOutput } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import type { Outcome } from "../outcome.ts";
import type { Batch, BatchLimits, Sink } from "./sink.ts";

/** How records go to standard output. */
export interface StdoutSinkOptions {
  /** Whose standard output. */
  readonly host: Pick<Host, "stdout">;
  /**
   * Bounds of one write.
   *
   * @default {{ maxRecords: 10_000, maxBytes: 1_000_000 }}
   */
  readonly limits?: BatchLimits | undefined;
}

/**
 * Makes a sink for standard output.
 *
 * @param options How.
 * @returns The sink.
 */
export function stdoutSink({ host, limits = { maxRecords: 10_000, maxBytes: 1_000_000 } }: StdoutSinkOptions): Sink {
  let output: StandardOutput | undefined;
  /** Lanes must not write into each other's lines. */
  let last: Promise<unknown> = Promise.resolve();
  const write = async (bytes: Uint8Array): Promise<Outcome> => {
    try {
      output ??= host.stdout();
      if (output.kind === "file") writeAll(output.handle, bytes);
      else for (let at = 0; at < bytes.length;) at += await output.handle.writeAsync(bytes, at, bytes.length);
      return { kind: "ack" };
    } catch (error) {
      return { kind: "hold", reason: `Cannot write to standard output: ${errorCode(error)}` };
    }
  };
  return {
    type: "stdout",
    limits,
    key: (): string => "",
    size: ({ bytes }: StoredRecord): number => bytes,
    send({ records }: Batch, signal: AbortSignal): Promise<Outcome> {
      const bytes = linesOf(records);
      const written = last.then(() => write(bytes));
      last = written;
      return unlessAborted(written, signal);
    },
  };
}

/** A reader that has stopped must not hold the end of the process; what it takes of the bytes later is sent again at the next start. */
function unlessAborted(written: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error("Standard output was not read until the end"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    void written.then((outcome) => {
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    });
  });
}

/** The lines of records, as they stand in a file. */
export function linesOf(records: readonly StoredRecord[]): Uint8Array {
  return new TextEncoder().encode(records.map(({ line }) => `${line}\n`).join(""));
}
