/** Writers of one user at once, in random schedules, each killed now and then: what is in the index in the end, and on the way. */
import assert from "node:assert/strict";
import type { EmbeddedPart, Session } from "../../../../src/chat/model";
import { documentJson } from "../../../../src/io/opensearch/document-json";
import { sessionDocument, type SessionDocument } from "../../../../src/chat/steps/document";
import type { PlanSettings } from "../../../../src/chat/steps/plan-session";
import { exactOperation } from "../../../../src/io/opensearch/bulk";
import { type LedgerDocument, MAX_ENTRIES } from "../../../../src/io/opensearch/ledger";
import { decideSessions, type DecideSettings } from "../../../../src/io/opensearch/read-sessions";
import { writePlans } from "../../../../src/io/opensearch/write-plans";
import { chatMessage, START_MS } from "../../../support/opensearch/embedded-parts";
import { MemoryIndexes } from "../../../support/opensearch/memory-index";
import { type Random, randomFrom } from "../../../../src/local/random";

const SCHEDULES = 1_500;
const GAP_MS = 10_000;
const INDEXES = { index: "documents", ledgerIndex: "ledger" };
const USER = "alice";
const LATER_MS = 7_200_000;
const SETTINGS: PlanSettings = {
  sessions: {
    gapMs: GAP_MS,
    maxOpenMs: 1,
    maxOpenMessages: 1_000,
    maxOpenBytes: 1_000_000,
    onEdit: "keep",
    maxPartMessages: 3,
    maxPartTokens: 1_000_000,
    maxPartBytes: 1_000_000,
  },
  answering: "test",
};

/** Another question than the writers': what they keep is behind for whoever renews, and the other way round. */
const RENEWAL: DecideSettings = { ...SETTINGS, answering: "anew", renews: true };

class Killed extends Error {}

/** Lets one writer at a time go on, and kills some. */
class Schedule {
  private readonly waiting: { readonly go: () => void; readonly kill: () => void }[] = [];
  private running = 0;

  constructor(
    private readonly random: Random,
    private kills: number,
  ) {}

  readonly turn = (): Promise<void> =>
    new Promise((resolve, reject) => this.waiting.push({ go: resolve, kill: () => reject(new Killed("killed")) }));

  start(work: () => Promise<unknown>): void {
    this.running++;
    void work().finally(() => this.running--);
  }

  async run(afterEach: () => void): Promise<void> {
    for (let steps = 0; ; steps++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.running === 0) return;
      if (this.waiting.length === 0) continue;
      assert.ok(steps < 20_000, "the writers begin anew for ever");
      const [next] = this.waiting.splice(this.random.int(0, this.waiting.length - 1), 1);
      if (this.kills > 0 && this.random.int(0, 15) === 0) {
        this.kills--;
        next!.kill();
      } else next!.go();
      await Promise.resolve();
      afterEach();
    }
  }
}

/** Sessions as a runner groups these messages, which are numbered by the second. */
function sessionsOf(seconds: readonly number[]): readonly Session[] {
  const ordered = seconds.toSorted((a, b) => a - b);
  const groups: number[][] = [];
  for (const second of ordered) {
    const last = groups.at(-1)?.at(-1);
    if (last === undefined || (second - last) * 1_000 >= GAP_MS) groups.push([second]);
    else groups.at(-1)!.push(second);
  }
  return groups.map((group) => ({
    userId: USER,
    messages: group.map((second) => chatMessage(second)),
    pane: 0,
    early: false,
  }));
}

function answer(content: EmbeddedPart | EmbeddedPart["part"]): EmbeddedPart {
  if ("embedding" in content) return content;
  const summary = content.messages.map((message) => message.content).join("|");
  return {
    part: content,
    summary: {
      ...{ summary, language: "en", intent: "x", topics: [] },
      sentiment: "neutral",
      sensitive: false,
      sensitiveKinds: [],
    },
    ...{
      summaryModel: "m",
      promptVersion: 1,
      taxonomyHash: "t",
      unreadCharacters: 0,
      embedding: [1],
      embeddingModel: "e",
      embeddingTruncated: false,
    },
  };
}

/** Brings one session into the index, however often it must begin anew. */
async function bring(
  indexes: MemoryIndexes,
  session: Session,
  turn: () => Promise<void>,
  nowMs = START_MS,
  settings: DecideSettings = SETTINGS,
): Promise<"held" | "written"> {
  const access = indexes.access(turn);
  for (;;) {
    try {
      const [decided] = await decideSessions(access, [session], INDEXES, settings, () => nowMs);
      if (decided!.kind === "held") return "held";
      const { plan } = decided!;
      const documents = plan.documents.map((document) => ({ ...document, content: answer(document.content) }));
      const [written] = await writePlans(access, [{ ...plan, documents }], {
        indexes: INDEXES,
        gapMs: GAP_MS,
        operationOf: (document) =>
          exactOperation(
            document.id,
            documentJson(sessionDocument(document, { storeMessages: true, stream: "s" }, 0)),
            document.replaces,
          ),
        nowMs: () => nowMs,
      });
      if (written!.kind === "done") return "written";
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

describe("writers of one user at once", function () {
  this.timeout(60_000);

  it(`leave each message in one document, and the documents as the gap has them, in ${SCHEDULES} schedules`, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      try {
        await explore(seed);
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
});

async function explore(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const indexes = new MemoryIndexes();
  const all = Array.from({ length: random.int(2, 9) }, () => random.int(0, 45));
  const schedule = new Schedule(random, random.int(0, 3));
  const sent = new Set<number>();
  for (let writer = random.int(2, 4); writer > 0; writer--) {
    const own = [...new Set(all)].filter(() => random.int(0, 2) > 0);
    for (const session of sessionsOf(own)) schedule.start(() => bring(indexes, session, schedule.turn));
    for (const second of own) sent.add(second);
  }
  for (let renewer = random.int(0, 2); renewer > 0; renewer--) {
    for (const session of sessionsOf(all.filter(() => random.int(0, 1) > 0)))
      schedule.start(() => bring(indexes, session, schedule.turn, START_MS, RENEWAL));
  }
  const documents = (): readonly SessionDocument[] =>
    [...indexes.documents("documents").values()].map(({ source }) => source as unknown as SessionDocument);
  const listed = (): readonly string[] =>
    [...indexes.documents("ledger").values()].flatMap(({ source }) =>
      (source as unknown as LedgerDocument).entries.map(({ id }) => id),
    );
  const seen = new Set<string>();
  await schedule.run(() => {
    const keys = new Set(documents().flatMap((document) => document.keys));
    for (const key of seen) assert.ok(keys.has(key), "a message was there, and is in no document");
    for (const key of keys) seen.add(key);
    const ids = new Set(listed());
    for (const id of indexes.documents("documents").keys()) assert.ok(ids.has(id), "a document is not in the ledger");
  });
  // A replay after hours finds all of it, and tidies up behind writers that were killed.
  for (const session of sessionsOf([...sent])) {
    assert.equal(await bring(indexes, session, async () => undefined, START_MS + LATER_MS), "held");
  }
  assert.deepEqual([...listed()].sort(), [...indexes.documents("documents").keys()].sort(), "the ledger is another");
  const expected = sessionsOf([...sent]).map(({ messages }) => messages.map(({ content }) => content));
  assert.deepEqual(storedSessions(documents()), expected, "the documents are not the sessions");
  const isOfItsText = ({ summary, messages = [] }: SessionDocument): boolean =>
    summary === messages.map(({ content }) => content).join("|");
  assert.ok(documents().every(isOfItsText), "a summary is of another text");
  const ids = [...indexes.documents("documents").keys()];
  const turn = async (): Promise<void> => undefined;
  for (const session of sessionsOf([...sent])) await bring(indexes, session, turn, START_MS, RENEWAL);
  assert.deepEqual([...indexes.documents("documents").keys()], ids, "renewing has changed ids");
  assert.deepEqual(storedSessions(documents()), expected, "renewing has changed messages");
  for (const session of sessionsOf([...sent]))
    assert.equal(await bring(indexes, session, turn, START_MS, RENEWAL), "held", "something is still behind");
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
