/**
 * The local Bedrock as a process of its own: `main.ts [--port 0] [--latency-ms 0] [--throttle-fraction 0] [--seed 1]
 * [--encoder]`. It ends when its standard input ends, so that it never outlives the process that started it.
 */
import { parseArgs } from "node:util";
import { endWithParent } from "../../beam/process/parent";
import { FAULTS } from "./faults";
import { startLocalBedrock } from "./server";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "latency-ms": { type: "string", default: "0" },
    "throttle-fraction": { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    encoder: { type: "boolean", default: false },
  },
});
const faults = FAULTS.partial().parse({
  latencyMs: Number(values["latency-ms"]),
  throttleFraction: Number(values["throttle-fraction"]),
  seed: Number(values.seed),
});

const note = values.encoder
  ? "made-up answers; embeddings tell shared words, and a small English encoder's meanings"
  : "made-up answers; embeddings tell shared words only, not meaning";

startLocalBedrock(Number(values.port), faults as Parameters<typeof startLocalBedrock>[1], values.encoder).then(
  (server) => {
    process.stdout.write(`${JSON.stringify({ ready: true, port: server.port, note })}\n`);
    endWithParent(() => server.close());
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
