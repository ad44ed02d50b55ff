/** Reads a file into parts of closed sessions, as the job does, on the direct runner. */
import path from "node:path";
import { groupSessions } from "../../../src/chat/steps/sessions/group-sessions";
import { parseMessage } from "../../../src/io/parse-messages";
import { listInputs } from "../../../src/io/files/check";
import { readFiles } from "../../../src/io/files/read";
import { readOptions } from "../../../src/options";
import { runMeasuredPipeline } from "../harness/direct";
import { sampleMemory } from "../harness/memory";
import { measuredArgs, report } from "../harness/process";
import { countParts } from "./generate";

/** A small file is read in seconds. */
const SAMPLE_EVERY_MS = 200;

export interface FilesArgs {
  readonly input: string;
}

async function run({ input }: FilesArgs): Promise<void> {
  const options = readOptions(["--input", path.resolve(input)], {});
  const listed = await listInputs(options.input!.addresses, options.input!.s3);
  const { files, messages: shape, sessions } = options.pipelineSettings({}, Date.now(), listed);
  const stopSampling = sampleMemory(SAMPLE_EVERY_MS);
  const figures = await runMeasuredPipeline((root) => {
    const { messages } = root.apply(readFiles(files!, parseMessage(shape)));
    countParts(messages.apply(groupSessions(sessions)));
  });
  stopSampling();
  report(figures);
}

void run(measuredArgs<FilesArgs>());
