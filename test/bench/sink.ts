import { startRestartableOpenSearch } from "../support/services";
import { type Benchmark, type Row, round } from "./harness/benchmark";
import type { PipelineFigures } from "./harness/direct";
import { runMeasured } from "./harness/process";
import type { SinkArgs } from "./jobs/sink";

const DOCUMENTS = 5_000;
const HEAP_MB = 1_024;

export const sink: Benchmark = {
  name: "sink",
  title: `OpenSearch sink: ${DOCUMENTS} documents with 1,536 floats, k-NN index, ${HEAP_MB} MB of heap`,
  notMeasured:
    "Not a cluster and not its network: one node with one shard shares the machine's processors and is the limit. Making the documents is part of both figures.",
  async run(scale) {
    const openSearch = await startRestartableOpenSearch(HEAP_MB);
    try {
      const documents = Math.round(DOCUMENTS * scale);
      const rows: Row[] = [];
      let helperRate: number | undefined;
      // The first round warms the server up, which else the first of the two would pay for alone.
      for (const [index, how] of (["helper", "helper", "sink"] as const).entries()) {
        const args: SinkArgs = { openSearch: openSearch.url(), index: `bench-${index}`, how, documents };
        const { wallS, cpuS, peakRssMb } = await runMeasured<PipelineFigures>("sink.ts", args);
        if (index === 0) continue;
        const rate = documents / wallS;
        helperRate ??= rate;
        rows.push({
          writer: how === "helper" ? "helpers.bulk" : "writeOpenSearch",
          documents,
          seconds: round(wallS, 1),
          "documents/s": round(rate),
          "of the helper": round(rate / helperRate, 3),
          "CPU s": round(cpuS, 1),
          "peak RSS MB": round(peakRssMb),
        });
      }
      return rows;
    } finally {
      await openSearch.stop();
    }
  },
};
