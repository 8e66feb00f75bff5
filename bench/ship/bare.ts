/**
 * A process with nothing but the runtime: `bare.ts DIRECTORY` prints its memory.
 *
 * @module
 */
import { peakMb } from "../own_process.ts";

console.log(JSON.stringify({ peakMb: peakMb() }));
