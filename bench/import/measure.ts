/**
 * One start in a process of its own: `measure.ts bare|sdk DIRECTORY` prints one line of JSON.
 *
 * @module
 */
interface Process {
  argv: string[];
  memoryUsage(): { rss: number };
}

const process = (globalThis as unknown as { process: Process }).process;
const [candidate = "", directory = ""] = process.argv.slice(2);
const start = performance.now();
let importMs = 0;
let initMs = 0;
let end = (): Promise<unknown> => Promise.resolve();
if (candidate === "sdk") {
  const pontem = await import("../../mod.ts");
  importMs = performance.now() - start;
  pontem.init({ serviceName: "bench", emitDir: directory });
  initMs = performance.now() - start - importMs;
  end = () => pontem.shutdown();
}
await new Promise((resolve) => setTimeout(resolve, 300));
const rssMb = process.memoryUsage().rss / 1e6;
await end();
console.log(JSON.stringify({ importMs, initMs, rssMb }));
