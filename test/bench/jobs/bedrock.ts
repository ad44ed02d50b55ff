/** Runs one stage of Bedrock calls as the job has it, on the direct runner, or the same calls from a plain pool. */
import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { embed } from "../../../src/io/bedrock/embed";
import { summarise } from "../../../src/io/bedrock/summarise";
import { type PipelineFigures, runMeasuredPipeline } from "../harness/direct";
import { measure, measuredArgs, report } from "../harness/process";
import { jobSettings } from "../harness/settings";
import { generate, summarised } from "./generate";

export interface BedrockArgs {
  readonly bedrock: string;
  readonly how: "summarise" | "embed" | "pool";
  readonly calls: number;
  readonly concurrency: number;
}

export interface BedrockFigures extends PipelineFigures {
  /** Wall time of the first pass; the other figures are of the second. */
  readonly coldS: number;
}

const { bedrock, how, calls, concurrency } = measuredArgs<BedrockArgs>();
const settings = jobSettings(["--bedrock-endpoint", bedrock, "--concurrency", String(concurrency)]);

/** The pool of the comparison: the same client library, the same request as the embedding stage, and nothing else. */
const client = new BedrockRuntimeClient({
  region: "us-east-1",
  endpoint: bedrock,
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  requestHandler: new NodeHttpHandler({ httpAgent: { maxSockets: concurrency, keepAlive: true } }),
});

async function pool(): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < calls) {
      const body = JSON.stringify({ inputText: summarised(next++).summary.summary });
      const { body: answer } = await client.send(
        new InvokeModelCommand({ modelId: settings.embed.model.id, body, contentType: "application/json" }),
      );
      JSON.parse(answer.transformToString());
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

async function once(): Promise<PipelineFigures> {
  if (how === "pool") return { ...(await measure(pool)), counters: {} };
  return runMeasuredPipeline((root) => {
    if (how === "summarise") generate(root, "planned", calls).apply(summarise(settings.summarise));
    else generate(root, "summarised", calls).apply(embed(settings.embed));
  });
}

/** Runs two passes in one process: the first also compiles the program and opens the connections. */
async function run(): Promise<BedrockFigures> {
  const coldS = (await once()).wallS;
  return { ...(await once()), coldS };
}

void run().then(report);
