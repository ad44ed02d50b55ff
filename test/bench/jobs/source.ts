/** Reads the embedded Kinesis into parts of closed sessions, as the job does, on the direct runner. */
import { readKinesis } from "../../../src/io/kinesis/read";
import { groupSessions } from "../../../src/chat/steps/sessions/group-sessions";
import { parseMessage } from "../../../src/io/parse-messages";
import { runMeasuredPipeline } from "../harness/direct";
import { measuredArgs, report } from "../harness/process";
import { jobSettings } from "../harness/settings";
import { sampleMemory } from "../harness/memory";
import { countParts } from "./generate";

export interface SourceArgs {
  readonly kinesis: string;
  readonly stream: string;
  /** Without it, reads up to the tip. */
  readonly forMs?: number;
}

const { kinesis, stream, forMs } = measuredArgs<SourceArgs>();
// The benchmark's event times do not follow the clock, so an idle shard must not move its watermark by it.
const bound = forMs === undefined ? ["--once"] : ["--start-position", "TRIM_HORIZON", "--idle-timeout", "1h"];
const settings = jobSettings(["--kinesis-endpoint", kinesis, "--stream", stream, ...bound]);

const stopSampling = forMs === undefined ? () => undefined : sampleMemory();
void runMeasuredPipeline((root) => {
  const { messages } = root.apply(readKinesis(settings.kinesis, parseMessage(settings.messages)));
  countParts(messages.apply(groupSessions(settings.sessions)));
}, forMs).then((figures) => {
  stopSampling();
  report(figures);
});
