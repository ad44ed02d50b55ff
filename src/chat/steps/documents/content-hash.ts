import { hash } from "node:crypto";
import type { SessionPart } from "../../model";
import { speakersOf } from "../sessions/speakers";

const HASH_LENGTH = 22;

/**
 * Identifies what the models are asked about a part: its messages' speakers and texts in order, and `answering`, which
 * names models, their settings, prompt and taxonomy. The part's number is left out: it changes when a session grows,
 * and no answer with it.
 */
export function contentHash({ messages }: SessionPart, answering: string): string {
  const speakers = speakersOf(messages);
  const lines = messages.map(({ content }, index) => [speakers[index], content.toWellFormed()]);
  const asked = JSON.stringify([answering, ...lines]);
  return hash("sha256", asked, "base64url").slice(0, HASH_LENGTH);
}
