import { startRestartableOpenSearch } from "../support/services";
import { type Benchmark, type Row, round } from "./harness/benchmark";
import { percentile } from "./harness/percentile";
import type { PipelineFigures } from "./harness/direct";
import { runMeasured } from "./harness/process";
import type { SinkArgs } from "./jobs/sink";

const DOCUMENTS = 5_000;
const HEAP_MB = 1_024;
type Writer = SinkArgs["how"];
const WRITERS: readonly Writer[] = ["helper", "sink"];
/** The writers take turns, so that neither has the quieter half of the time. */
const ROUNDS = 5;

export const sink: Benchmark = {
  name: "sink",
  title: `OpenSearch sink: ${DOCUMENTS} documents with 1,536 floats, k-NN index, ${HEAP_MB} MB of heap`,
  notMeasured: `Not a cluster and not its network: one node with one shard shares the machine's processors and is the limit. Making the documents is part of both figures. Medians of ${ROUNDS} runs each.`,
  async run(scale) {
    const documents = Math.round(DOCUMENTS * scale);
    const runs: { readonly how: Writer; readonly figures: PipelineFigures }[] = [];
    for (let round = 0; round < (scale < 1 ? 1 : ROUNDS); round++) {
      for (const how of WRITERS) runs.push({ how, figures: await runAlone(how, documents) });
    }
    let helperRate: number | undefined;
    return WRITERS.map((how): Row => {
      const own = runs.filter((run) => run.how === how).map(({ figures }) => figures);
      const wallS = percentile(
        own.map((figures) => figures.wallS),
        0.5,
      );
      const cpuS = percentile(
        own.map((figures) => figures.cpuS),
        0.5,
      );
      const rate = documents / wallS;
      helperRate ??= rate;
      return {
        writer: how === "helper" ? "helpers.bulk" : "writeOpenSearch",
        documents,
        seconds: round(wallS, 1),
        "documents/s": round(rate),
        "of the helper": round(rate / helperRate, 3),
        "fastest s": round(Math.min(...own.map((figures) => figures.wallS)), 1),
        "slowest s": round(Math.max(...own.map((figures) => figures.wallS)), 1),
        "CPU s": round(cpuS, 1),
        "peak RSS MB": round(Math.max(...own.map(({ peakRssMb }) => peakRssMb))),
      };
    });
  },
};

/** Starts a server for each run, because one that still merges the segments of an earlier run is three times slower. */
async function runAlone(how: Writer, documents: number): Promise<PipelineFigures> {
  const openSearch = await startRestartableOpenSearch(HEAP_MB);
  try {
    const args: SinkArgs = { openSearch: openSearch.url(), index: "bench", how, documents };
    return await runMeasured<PipelineFigures>("sink.ts", args);
  } finally {
    await openSearch.stop();
  }
}
