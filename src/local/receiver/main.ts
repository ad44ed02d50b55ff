/**
 * The embedded receiver of alerts as a process of its own: `main.ts --key-file <file> [--port 0] [--bus default]
 * [--down reset|503|hang] [--throttle-fraction 0] [--refuse-fraction 0] [--seed 1]`. It ends when its standard input
 * ends.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { endWithParent, reportReady } from "../../beam/process/parent";
import { type Faults, FAULTS } from "./faults";
import { startLocalReceiver } from "./server";

const { values } = parseArgs({
  options: {
    "key-file": { type: "string", default: "" },
    port: { type: "string", default: "0" },
    bus: { type: "string", multiple: true, default: ["default"] },
    down: { type: "string" },
    "throttle-fraction": { type: "string", default: "0" },
    "refuse-fraction": { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
  },
});
const faults = FAULTS.partial().parse({
  ...(values.down === undefined ? {} : { down: values.down }),
  throttleFraction: Number(values["throttle-fraction"]),
  refuseFraction: Number(values["refuse-fraction"]),
  seed: Number(values.seed),
}) as Partial<Faults>;
const key = Buffer.from(readFileSync(values["key-file"], "utf8").trim());

startLocalReceiver(Number(values.port), key, { buses: values.bus, faults }).then(
  (server) => {
    reportReady(server.port);
    endWithParent(() => server.close());
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
