import assert from "node:assert/strict";
import type { DeadLetterEntry } from "../../src/io/opensearch/dead-letter-store";
import { inRounds } from "../../src/redrive";

async function* entries(payloadBytes: readonly number[]): AsyncGenerator<DeadLetterEntry> {
  for (const bytes of payloadBytes) yield { payloadBytes: bytes } as DeadLetterEntry;
}

async function sizes(payloadBytes: readonly number[], maxLetters: number, maxBytes: number): Promise<number[][]> {
  const rounds: number[][] = [];
  for await (const round of inRounds(entries(payloadBytes), { maxLetters, maxBytes })) {
    rounds.push(round.map((entry) => entry.payloadBytes));
  }
  return rounds;
}

describe("rounds of a redrive", () => {
  it("have no more bytes than allowed, but for a letter that alone has more", async () => {
    assert.deepEqual(await sizes([40, 40, 40, 200, 10, 90, 1], 100, 100), [[40, 40], [40], [200], [10, 90], [1]]);
  });

  it("have no more letters than allowed", async () => {
    assert.deepEqual(await sizes([1, 1, 1, 1, 1], 2, 100), [[1, 1], [1, 1], [1]]);
  });
});
