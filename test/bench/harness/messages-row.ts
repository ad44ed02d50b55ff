import { round, type Row } from "./benchmark";
import type { PipelineFigures } from "./direct";

/** Makes the row of a pipeline that counts messages and sessions. Throws when not all `count` messages were there. */
export function messagesRow(count: number, { wallS, cpuS, peakRssMb, counters }: PipelineFigures): Row {
  if (counters["countedMessages"] !== count) throw new Error(`${counters["countedMessages"]} of ${count} messages`);
  return {
    messages: count,
    sessions: counters["countedParts"] ?? 0,
    seconds: round(wallS, 1),
    "messages/s": round(count / wallS),
    "CPU s": round(cpuS, 1),
    "peak RSS MB": round(peakRssMb),
  };
}
