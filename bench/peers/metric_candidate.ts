/**
 * What the metrics bench measures.
 *
 * @module
 */

/** A metrics library. Each instrument has one attribute, `camera`, given in a fresh object each call. */
export interface MetricCandidate {
  /** A counter; a call adds 1. */
  counter(name: string): (camera: string) => void;
  /** A histogram. */
  histogram(name: string): (value: number, camera: string) => void;
  /** A gauge. */
  gauge(name: string): (value: number, camera: string) => void;
  /** The same bound to one camera, where the library has that. */
  readonly bound?: {
    counter(name: string, camera: string): () => void;
    histogram(name: string, camera: string): (value: number) => void;
    gauge(name: string, camera: string): (value: number) => void;
  };
  /** Lets what is under way arrive; unmeasured. */
  settle?(): Promise<void>;
  /** Ends it. Resolves to the sum of all counters, as it was written, exported or received. */
  close(): Promise<number>;
}
