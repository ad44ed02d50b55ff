/**
 * Writers of one user at once, in random schedules, each killed and refused now and then: what is in the index in the
 * end, and on the way.
 */
import assert from "node:assert/strict";
import type { DeadLetter, Session } from "../../../../../src/chat/model";
import type { SessionDocument } from "../../../../../src/chat/steps/documents/document";
import { keyHash } from "../../../../../src/chat/steps/ids/key-hash";
import { heldKeys } from "../../../../../src/chat/steps/sessions/edits";
import { partOfLetter } from "../../../../../src/chat/steps/letters/part-of-letter";
import { type LedgerDocument, MAX_ENTRIES } from "../../../../../src/io/opensearch/ledgers/ledger";
import { bring, RENEWAL, sessionsOf, USER } from "../../../../support/opensearch/bring";
import { START_MS } from "../../../../support/opensearch/embedded-parts";
import { MemoryIndexes } from "../../../../support/opensearch/memory-index";
import { Schedule } from "../../../../support/opensearch/schedule";
import { type Random, randomFrom } from "../../../../../src/local/random";

const SCHEDULES = 1_500;
/**
 * Schedules of sessions that begin with the same message, so that their writers announce one id, and of what joins
 * them.
 */
const RACES = 1_500;
const RACING = [9, 15, 20, 21] as const;
/** One of so many steps is a long wait: a writer sleeps while others come to their ends. */
const STALLS = 8;
const LATER_MS = 7_200_000;

describe("writers of one user at once", function () {
  this.timeout(180_000);

  it(`leave each message in one document, and the documents as the gap has them, in ${SCHEDULES} schedules`, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      try {
        const random = randomFrom(seed);
        const seconds = Array.from({ length: random.int(2, 9) }, () => random.int(0, 45));
        await explore(random, seconds, 4);
      } catch (error) {
        assert.fail(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  });

  it(`list every document at every moment, in ${RACES} races for one id`, async () => {
    for (let seed = 1; seed <= RACES; seed++) {
      try {
        await explore(randomFrom(seed), RACING, 6, STALLS);
      } catch (error) {
        assert.fail(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  });
});

describe("a user with more documents than a ledger lists", () => {
  it("has each message once, and a replay finds all of them", async () => {
    const indexes = new MemoryIndexes();
    const apart = Array.from({ length: MAX_ENTRIES + 44 }, (_, index) => index * 60);
    const sessions = sessionsOf(apart);
    const turn = async (): Promise<void> => undefined;
    for (const session of sessions) await bring(indexes, session, turn);
    for (const session of sessions) assert.equal(await bring(indexes, session, turn), "held");
    for (const session of sessionsOf([5, 600])) await bring(indexes, session, turn);
    const documents = [...indexes.documents("documents").values()].map(({ source }) => source["messageCount"]);
    assert.equal(documents.length, sessions.length);
    assert.equal(documents.filter((count) => count === 2).length, 1);
    const [ledger] = [...indexes.documents("ledger").values()].map(({ source }) => source as unknown as LedgerDocument);
    assert.equal(ledger!.entries.length, MAX_ENTRIES);
  });

  for (const version of ["this", "an older"] as const) {
    it(`has each message once, when a ledger of ${version} version that was full has room again`, async () => {
      const indexes = new MemoryIndexes();
      const apart = Array.from({ length: MAX_ENTRIES + 44 }, (_, index) => index * 18);
      const turn = async (): Promise<void> => undefined;
      for (const session of sessionsOf([5, ...apart])) await bring(indexes, session, turn);
      const ledgers = indexes.documents("ledger");
      if (version === "an older")
        for (const [id, stored] of ledgers) {
          ledgers.set(id, { ...stored, source: { ...stored.source, unlistedUntil: undefined } });
        }
      const between = apart.at(-1)! - 9;
      await bring(indexes, sessionsOf([between])[0]!, turn);
      const [ledger] = [...ledgers.values()].map(({ source }) => source as unknown as LedgerDocument);
      assert.equal(ledger!.entries.length, MAX_ENTRIES - 1);
      for (const session of sessionsOf([5, ...apart, between]))
        assert.equal(await bring(indexes, session, turn), "held");
      assert.equal(await bring(indexes, sessionsOf([5])[0]!, turn), "held");
    });
  }
});

describe("a writer that was slow between its announcement and its document", () => {
  it("finds its document still listed that another one deleted meanwhile, and joins it", async () => {
    const indexes = new MemoryIndexes();
    const entries = (): LedgerDocument["entries"] =>
      [...indexes.documents("ledger").values()].flatMap(({ source }) => (source as unknown as LedgerDocument).entries);
    const turn = async (): Promise<void> => undefined;
    const [early, slow, same, between] = [[9], [20, 21], [20], [15]].flatMap(sessionsOf);
    await bring(indexes, early!, turn);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const slowly = bring(indexes, slow!, async () => (entries().length > 1 ? released : undefined));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(entries().length, 2, "it has announced its document");
    await bring(indexes, same!, turn);
    await bring(indexes, between!, turn);
    assert.equal(indexes.documents("documents").size, 1, "the document of that id is deleted");
    assert.equal(entries().length, 2, "and listed, as the slow one will write it");
    release();
    await slowly;
    const documents = [...indexes.documents("documents")];
    const messages = documents.flatMap(([, { source }]) => (source as unknown as SessionDocument).messages ?? []);
    assert.deepEqual(
      messages.map(({ content }) => content).toSorted(),
      [15, 20, 21, 9].map((second) => `message ${second}`),
    );
    const listed = new Set(entries().map(({ id }) => id));
    assert.ok(documents.every(([id]) => listed.has(id)));
  });
});

async function explore(random: Random, all: readonly number[], maxWriters: number, stalls?: number): Promise<void> {
  const indexes = new MemoryIndexes();
  const kills = random.int(0, 3);
  const schedule = new Schedule(random, kills, stalls);
  const sent = new Set<number>();
  const letters: DeadLetter[] = [];
  const refuses = random.int(0, 2) === 0;
  const isRefused = (id: string): boolean => refuses && id !== keyHash(USER) && random.int(0, 5) === 0;
  for (let writer = random.int(2, maxWriters); writer > 0; writer--) {
    const own = [...new Set(all)].filter(() => random.int(0, 2) > 0);
    for (const session of sessionsOf(own)) {
      schedule.start(async () => {
        const brought = await bring(indexes, session, schedule.turn, { isRefused });
        if (typeof brought === "object") letters.push(...brought);
      });
    }
    for (const second of own) sent.add(second);
  }
  for (let renewer = random.int(0, 2); renewer > 0; renewer--) {
    for (const session of sessionsOf(all.filter(() => random.int(0, 1) > 0)))
      schedule.start(() => bring(indexes, session, schedule.turn, { settings: RENEWAL }));
  }
  const documents = (): readonly SessionDocument[] =>
    [...indexes.documents("documents").values()].map(({ source }) => source as unknown as SessionDocument);
  const entries = (): LedgerDocument["entries"] =>
    [...indexes.documents("ledger").values()].flatMap(({ source }) => (source as unknown as LedgerDocument).entries);
  const listed = (): readonly string[] => entries().map(({ id }) => id);
  const seen = new Set<string>();
  await schedule.run(() => {
    const keys = new Set(documents().flatMap((document) => document.keys));
    // An amendment that is refused takes back what it added.
    if (!refuses) for (const key of seen) assert.ok(keys.has(key), "a message was there, and is in no document");
    for (const key of keys) seen.add(key);
    const ids = new Set(listed());
    for (const id of indexes.documents("documents").keys()) assert.ok(ids.has(id), "a document is not in the ledger");
  });
  if (kills === 0) {
    const empty = entries().filter(({ id }) => !indexes.documents("documents").has(id));
    for (const { contested } of empty) assert.ok(contested !== undefined, "an entry without a document stays");
  }
  const kept = new Set(documents().flatMap((document) => document.keys));
  for (const letter of letters) for (const key of partOfLetter(letter).messages.flatMap(heldKeys)) kept.add(key);
  for (const session of sessionsOf([...sent])) {
    for (const key of session.messages.flatMap(heldKeys)) assert.ok(kept.has(key), "a message is nowhere");
  }
  // A replay after hours finds all that was not refused, and tidies up behind writers that were killed or refused.
  const replay = (session: Session) => bring(indexes, session, async () => undefined, { nowMs: START_MS + LATER_MS });
  if (refuses) for (const session of sessionsOf([...sent])) await replay(session);
  for (const session of sessionsOf([...sent])) assert.equal(await replay(session), "held");
  assert.deepEqual([...listed()].sort(), [...indexes.documents("documents").keys()].sort(), "the ledger is another");
  const expected = sessionsOf([...sent]).map(({ messages }) => messages.map(({ content }) => content));
  assert.deepEqual(storedSessions(documents()), expected, "the documents are not the sessions");
  const isOfItsText = ({ summary, messages = [] }: SessionDocument): boolean =>
    summary === messages.map(({ content }) => content).join("|");
  assert.ok(documents().every(isOfItsText), "a summary is of another text");
  const ids = [...indexes.documents("documents").keys()];
  const renew = (session: Session) => bring(indexes, session, async () => undefined, { settings: RENEWAL });
  for (const session of sessionsOf([...sent])) await renew(session);
  assert.deepEqual([...indexes.documents("documents").keys()], ids, "renewing has changed ids");
  assert.deepEqual(storedSessions(documents()), expected, "renewing has changed messages");
  for (const session of sessionsOf([...sent])) assert.equal(await renew(session), "held", "something is still behind");
}

/** The messages of each session, whose parts are numbered from 1. */
function storedSessions(documents: readonly SessionDocument[]): readonly (readonly string[])[] {
  const sessions: string[][] = [];
  for (const { part, messages = [] } of documents.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    if (part === 1) sessions.push([]);
    sessions.at(-1)!.push(...messages.map(({ content }) => content));
  }
  return sessions;
}
