/** Memory of this process over time, one JSON line a sample on standard output. */
const SAMPLE_EVERY_MS = 5_000;

export interface MemorySample {
  readonly atS: number;
  readonly rssMb: number;
  readonly heapUsedMb: number;
}

export function sampleMemory(everyMs = SAMPLE_EVERY_MS): () => void {
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const { rss, heapUsed } = process.memoryUsage();
    const atS = Math.round((performance.now() - startedMs) / 1_000);
    const sample: MemorySample = { atS, rssMb: rss / 2 ** 20, heapUsedMb: heapUsed / 2 ** 20 };
    process.stdout.write(`${JSON.stringify(sample)}\n`);
  }, everyMs);
  return () => clearInterval(timer);
}
