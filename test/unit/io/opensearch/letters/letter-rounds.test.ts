import assert from "node:assert/strict";
import { openSearchClient } from "../../../../../src/io/opensearch/requests/client";
import type { DeadLetterEntry } from "../../../../../src/io/opensearch/letters/dead-letter-store";
import { inRounds, redrivable } from "../../../../../src/io/opensearch/letters/letter-rounds";

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

describe("letters of a redrive", () => {
  const client = openSearchClient({ endpoint: "http://127.0.0.1:9", auth: { kind: "none" }, requestTimeoutMs: 1_000 });
  after(() => client.close());

  async function chosen(leaveSealed: boolean): Promise<{ ids: string[]; left: string[] }> {
    const [ids, left]: [string[], string[]] = [[], []];
    async function* all() {
      yield { id: "first" } as DeadLetterEntry;
      yield { id: "dropped", isDropped: true } as DeadLetterEntry;
      yield { id: "sealed", sealedFor: "another key" } as DeadLetterEntry;
      yield { id: "last" } as DeadLetterEntry;
    }
    const store = { client, index: "letters" };
    for await (const { id } of redrivable(all(), store, leaveSealed, (why) => left.push(why))) ids.push(id);
    return { ids, left };
  }

  it("are refused at a sealed one whose key can be given", async () => {
    await assert.rejects(chosen(false), { code: "BAD_OPTION", message: /sealed is sealed for key another key/ });
  });

  it("are those that can be read, where nobody can give a key", async () => {
    assert.deepEqual(await chosen(true), { ids: ["first", "last"], left: ["dropped", "sealed"] });
  });
});
