import { P, jsonCoder, splittableParDo, taggedParDo } from "../../../src/beam/authoring";
import type { OffsetRange } from "../../../src/beam/authoring";
import { type Root, impulse, withName } from "../../../src/beam/sdk";
import { kinesisRecordCoder } from "../../../src/chat/coders/kinesis-record";
import { groupSessions } from "../../../src/chat/steps/group-sessions";
import { MessageEventTime, parseMessages } from "../../../src/chat/steps/parse-messages";
import { jobSettings } from "../harness/settings";
import { type Part, speedFns } from "./speed-fns";

const partCoder = jsonCoder<Part>("bench:coder:part", 1);
const rangeCoder = jsonCoder<OffsetRange>("bench:coder:byte_range", 1);

/** Files of JSON lines → parse → sessions → files, with the job's own steps in between, read as a stream. */
export function speedPipeline(root: Root, parts: readonly Part[], out: string): void {
  const { messages, sessions } = jobSettings([]);
  const { EmitParts, ReadLines, WriteSessions } = speedFns;
  const impulses = root.apply(withName("impulse", impulse()));
  const files = P(impulses).apply(taggedParDo("parts", new EmitParts(parts), { main: partCoder })).main;
  const source = splittableParDo("readLines", new ReadLines(new MessageEventTime(messages), out), {
    restriction: rangeCoder,
    bounded: false,
    outputs: { main: kinesisRecordCoder },
  });
  const records = P(files).apply(source).main;
  const parsed = P(records).apply(parseMessages(messages)).main;
  P(P(parsed).apply(groupSessions(sessions))).apply(taggedParDo("writeSessions", new WriteSessions(out), {}));
}
