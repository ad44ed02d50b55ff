/** Session parts for the tests of searching. */
import type { EmbeddedPart } from "../../../src/chat/model";
import { chatMessage, embeddedPart, sessionPart, unitVector } from "./embedded-parts";

export const DIMENSION = 64;
/** Sessions that words tell apart. */
export const SESSIONS = [
  {
    userId: "alice",
    summary: "Alice asks for a refund of a broken kettle.",
    intent: "refund_request",
    topics: ["kettle"],
  },
  {
    userId: "bob",
    summary: "Bob wants to change his delivery address.",
    intent: "change_address",
    topics: ["delivery"],
  },
  { userId: "carol", summary: "Carol pregunta por el café y la devolución.", intent: "question", topics: ["café"] },
  { userId: "dan", summary: "田中さんは東京への配送について質問しました。", intent: "question", topics: ["配送"] },
  { userId: "eve\u202e*", summary: "Eve complains about a late delivery.", intent: "complaint", topics: ["delivery"] },
] as const;

/** Forty more sessions that no word finds. */
export const FILLERS = 40;

export function searchedParts(): EmbeddedPart[] {
  const known = SESSIONS.map(({ userId, ...summary }, index) => {
    const part = embeddedPart(index, DIMENSION, summary);
    return { ...part, part: sessionPart(userId, [chatMessage(index * 100), chatMessage(index * 100 + 10)]) };
  });
  const fillers = Array.from({ length: FILLERS }, (_, index) => {
    const filler = { summary: "Nothing.", intent: "none", topics: [] };
    const part = embeddedPart(1_000 + index, DIMENSION, filler);
    return { ...part, embedding: unitVector(DIMENSION, 50 + index) };
  });
  return [...known, ...fillers];
}
