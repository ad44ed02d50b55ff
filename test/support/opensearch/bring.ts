/** Brings sessions into indexes in memory as the job's stages do, with answers that the text decides. */
import assert from "node:assert/strict";
import type { DeadLetter, EmbeddedPart, Session } from "../../../src/chat/model";
import { sessionDocument } from "../../../src/chat/steps/documents/document";
import { heldKeys } from "../../../src/chat/steps/sessions/edits";
import { partOfLetter } from "../../../src/chat/steps/letters/part-of-letter";
import type { PlanSettings } from "../../../src/chat/steps/documents/plan-session";
import { exactOperation } from "../../../src/io/opensearch/requests/bulk";
import { documentJson } from "../../../src/io/opensearch/writing/document-json";
import { decideSessions, type DecideSettings } from "../../../src/io/opensearch/sessions/read-sessions";
import { writePlans } from "../../../src/io/opensearch/sessions/write-plans";
import { chatMessage, START_MS } from "./embedded-parts";
import type { MemoryIndexes } from "./memory-index";

const GAP_MS = 10_000;
const MAX_ATTEMPTS = 500;
export const INDEXES = { index: "documents", ledgerIndex: "ledger" };
export const USER = "alice";
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
export const RENEWAL: DecideSettings = { ...SETTINGS, answering: "anew", renews: true };

/** Makes a writer begin anew, as after its death. */
export class Killed extends Error {}

/** Sessions as a runner groups these messages, which are numbered by the second. */
export function sessionsOf(seconds: readonly number[]): readonly Session[] {
  const ordered = seconds.toSorted((a, b) => a - b);
  const groups: number[][] = [];
  for (const second of ordered) {
    const last = groups.at(-1)?.at(-1);
    if (last === undefined || (second - last) * 1_000 >= GAP_MS) groups.push([second]);
    else groups.at(-1)!.push(second);
  }
  return groups.map((group) => ({
    sessionKey: USER,
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

export interface Bringing {
  readonly nowMs?: number;
  /** Whether the index refuses an operation for this document. */
  readonly isRefused?: (id: string) => boolean;
  readonly settings?: DecideSettings;
}

/** Brings one session into the index, however often it must begin anew; or some of it into dead letters. */
export async function bring(
  indexes: MemoryIndexes,
  session: Session,
  turn: () => Promise<void>,
  { nowMs = START_MS, isRefused, settings = SETTINGS }: Bringing = {},
): Promise<"held" | "written" | readonly DeadLetter[]> {
  const access = indexes.access(turn, isRefused);
  for (let attempt = 1; ; attempt++) {
    assert.ok(attempt < MAX_ATTEMPTS, "a session begins anew for ever");
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
            documentJson(sessionDocument(document, { storeMessages: true, stream: "s" }, nowMs)),
            document.replaces,
          ),
        nowMs: () => nowMs,
      });
      if (written!.kind !== "done") continue;
      const fresh = new Set(plan.fresh.flatMap(heldKeys));
      const buried = written!.letters.flatMap((letter) => partOfLetter(letter).messages.flatMap(heldKeys));
      for (const key of buried) assert.ok(fresh.has(key), "a letter holds what the index held");
      return buried.length > 0 ? written!.letters : "written";
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}
