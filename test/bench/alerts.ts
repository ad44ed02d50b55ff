import { messageAlerts } from "../../src/chat/alerts/raise";
import { BUILT_IN_RULES, ruleDetectorOf } from "../../src/chat/alerts/rules";
import type { ChatMessage } from "../../src/chat/model";
import { SCENARIOS, textOf } from "../../src/local/sample/scenarios";
import { type Benchmark, round, type Row } from "./harness/benchmark";

const MESSAGES = 200_000;
const ROUNDS = 5;
const HITS_IN_100 = [0, 1, 10] as const;

/** Messages of the sample's texts, of which so many in a hundred have a card number. */
function messagesOf(count: number, hits: number, texts: readonly string[]): readonly ChatMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    userId: `user-${index % 1_000}`,
    content: index % 100 < hits ? "my card is 4111 1111 1111 1111" : `${texts[index % texts.length]} ${index % 97}`,
    timestampMs: 1_700_000_000_000 + index,
    arrivalMs: 1_700_000_000_000 + index,
    position: { shardId: "s", sequenceNumber: String(index), subSequenceNumber: 0 },
  }));
}

export const alerts: Benchmark = {
  name: "alerts",
  title: "Rules of the message lane: microseconds for a message, by messages with a hit; the median of paired rounds",
  notMeasured: "Looking and making alerts alone, in one process: no cool-down, no receivers, no queues.",
  async run(scale) {
    const count = Math.max(1_000, Math.round(MESSAGES * scale));
    const detect = ruleDetectorOf(BUILT_IN_RULES);
    const texts = SCENARIOS.flatMap(({ messages }) => messages.map(textOf)).filter((text) => detect(text).length === 0);
    const sets = HITS_IN_100.map((hits) => ({ hits, messages: messagesOf(count, hits, texts), us: [] as number[] }));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const { hits, messages, us } of sets) {
        const startMs = performance.now();
        let raised = 0;
        for (const message of messages) {
          const found = detect(message.content);
          if (found.length > 0) raised += messageAlerts(message, found, []).length;
        }
        // The first round warms up.
        if (round > 0) us.push(((performance.now() - startMs) * 1_000) / count);
        const wanted = messages.filter((_, index) => index % 100 < hits).length;
        if (raised !== wanted) throw new Error(`${raised} alerts instead of ${wanted}`);
      }
    }
    return sets.map(({ hits, us }): Row => {
      const median = us.toSorted((a, b) => a - b)[Math.floor(us.length / 2)]!;
      return { "hits (%)": hits, messages: count, "us a message": round(median, 2) };
    });
  },
};
