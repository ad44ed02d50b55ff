/** A user is erased while writers of sessions are under way, in random schedules, each killed now and then. */
import assert from "node:assert/strict";
import type { SessionDocument } from "../../../../../src/chat/steps/documents/document";
import { keyHash } from "../../../../../src/chat/steps/ids/key-hash";
import { eraseDocuments, markErased } from "../../../../../src/io/opensearch/erasing/erase-documents";
import type { LedgerDocument } from "../../../../../src/io/opensearch/ledgers/ledger";
import { randomFrom } from "../../../../../src/local/random";
import { bring, INDEXES, Killed, RENEWAL, sessionsOf, USER } from "../../../../support/opensearch/bring";
import { START_MS } from "../../../../support/opensearch/embedded-parts";
import { MemoryIndexes } from "../../../../support/opensearch/memory-index";
import { Schedule } from "../../../../support/opensearch/schedule";

const SCHEDULES = 500;
const ERASED_BEFORE_SECOND = 46;
const ERASED = {
  hash: keyHash(USER),
  sessionKey: USER,
  erasedBeforeMs: START_MS + ERASED_BEFORE_SECOND * 1_000,
};

describe("a user who is erased while writers are under way", function () {
  this.timeout(60_000);

  it(`leaves nothing that was sent before, and keeps all that is sent after, in ${SCHEDULES} schedules`, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      try {
        await explore(seed);
      } catch (error) {
        assert.fail(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  });
});

async function explore(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const indexes = new MemoryIndexes();
  const schedule = new Schedule(random, random.int(0, 4), 6);
  const some = (from: number, to: number): readonly number[] => [
    ...new Set(Array.from({ length: random.int(1, 6) }, () => random.int(from, to))),
  ];
  const before = some(0, ERASED_BEFORE_SECOND - 1);
  const after = some(ERASED_BEFORE_SECOND, ERASED_BEFORE_SECOND + 30);
  const chosen = (seconds: readonly number[]): readonly number[] => seconds.filter(() => random.int(0, 2) > 0);
  const start = (seconds: readonly number[], nowMs: number): void => {
    for (const session of sessionsOf(seconds)) schedule.start(() => bring(indexes, session, schedule.turn, { nowMs }));
  };
  for (let writer = random.int(1, 3); writer > 0; writer--) start(chosen(before), START_MS);
  if (random.int(0, 1) === 0)
    for (const session of sessionsOf(chosen(before)))
      schedule.start(() => bring(indexes, session, schedule.turn, { nowMs: START_MS, settings: RENEWAL }));
  const sent = new Set<number>();
  schedule.start(async () => {
    for (let delay = random.int(0, 30); delay > 0; delay--) await again(schedule.promptTurn);
    const access = indexes.access(schedule.promptTurn);
    await again(() => markErased(access, ERASED, INDEXES.ledgerIndex));
    // Nobody could know of what is sent after any sooner.
    for (let writer = random.int(1, 3); writer > 0; writer--) {
      const own = chosen(after);
      for (const second of own) sent.add(second);
      start([...chosen(before), ...own], ERASED.erasedBeforeMs);
    }
    await again(() => eraseDocuments(access, ERASED, INDEXES, () => ERASED.erasedBeforeMs));
  });
  await schedule.run();
  assert.deepEqual(
    contentsOf(indexes),
    sessionsOf([...sent]).flatMap(({ messages }) => messages.map(({ content }) => content)),
  );
  const ledgers = [...indexes.documents(INDEXES.ledgerIndex).values()].map(
    ({ source }) => source as unknown as LedgerDocument,
  );
  assert.deepEqual(
    ledgers.map(({ erasedBefore }) => erasedBefore),
    [new Date(ERASED.erasedBeforeMs).toISOString()],
  );
  const listed = new Set(ledgers.flatMap(({ entries }) => entries.map(({ id }) => id)));
  for (const id of indexes.documents(INDEXES.index).keys())
    assert.ok(listed.has(id), "a document is not in the ledger");
  // A replay of everything brings nothing back.
  for (const session of sessionsOf([...before, ...sent])) {
    const brought = await bring(indexes, session, async () => undefined, { nowMs: ERASED.erasedBeforeMs + 7_200_000 });
    assert.equal(brought, "held");
  }
}

/** Texts of all documents, in order. */
function contentsOf(indexes: MemoryIndexes): readonly string[] {
  const documents = [...indexes.documents(INDEXES.index).values()].map(
    ({ source }) => source as unknown as SessionDocument,
  );
  return documents
    .toSorted((a, b) => (a.start < b.start ? -1 : 1))
    .flatMap(({ messages = [] }) => messages.map(({ content }) => content));
}

/** Runs it until nobody kills it. */
async function again(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}
