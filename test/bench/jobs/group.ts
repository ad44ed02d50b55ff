/** Runs the steps from checked messages to parts of closed sessions, on the direct runner, from memory. */
import { groupSessions } from "../../../src/chat/steps/sessions/group-sessions";
import { measuredArgs, report } from "../harness/process";
import { runMeasuredPipeline } from "../harness/direct";
import { jobSettings } from "../harness/settings";
import { countParts, generate } from "./generate";

const { count } = measuredArgs<{ count: number }>();

void runMeasuredPipeline((root) => {
  countParts(generate(root, "message", count).apply(groupSessions(jobSettings([]).sessions)));
}).then(report);
