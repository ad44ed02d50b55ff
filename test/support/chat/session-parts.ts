import type { SessionPart, SummarisedPart } from "../../../src/chat/model";
import type { Line } from "../../../src/chat/steps/summaries/model-inputs";
import type { Speaker } from "../../../src/chat/steps/sessions/speakers";

/** The lines of a prompt with these texts. */
export function linesBy(texts: readonly string[], speaker: Speaker = ["customer"]): readonly Line[] {
  return texts.map((text) => ({ speaker, text }));
}

/** A session part of these messages, one second apart. */
export function sessionPart(contents: readonly string[], userId = "alice"): SessionPart {
  const messages = contents.map((content, index) => ({
    userId,
    content,
    timestampMs: 1_700_000_000_000 + index * 1_000,
    arrivalMs: 1_700_000_000_000 + index * 1_000,
    position: { shardId: "shardId-000000000000", sequenceNumber: String(index + 1), subSequenceNumber: 0 },
  }));
  const first = messages[0];
  const last = messages.at(-1);
  if (first === undefined || last === undefined) throw new Error("a session part has at least one message");
  return {
    sessionKey: userId,
    startMs: first.timestampMs,
    endMs: last.timestampMs,
    part: 1,
    partCount: 1,
    pane: 0,
    early: false,
    messages,
  };
}

export function summarisedPart(summary: string, contents: readonly string[] = ["hello"]): SummarisedPart {
  return {
    part: sessionPart(contents),
    summary: {
      summary,
      language: "en",
      intent: "question",
      topics: [],
      sentiment: "neutral",
      sensitive: false,
      sensitiveKinds: [],
    },
    summaryModel: "test",
    promptVersion: 1,
    taxonomyHash: "t",
    unreadCharacters: 0,
  };
}

/** The same small story in five scripts, each with an emoji of two UTF-16 units. */
export const CHATS_IN_FIVE_SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  en: ["Hello, where is my order?", "It should have arrived on Monday 📦", "Thank you, that was very helpful"],
  ru: ["Здравствуйте, где мой заказ?", "Доставка должна была быть в понедельник 📦", "Спасибо, отлично"],
  ar: ["مرحبا، أين طلبي؟", "كان من المفترض أن يصل يوم الاثنين 📦", "شكرا لك"],
  hi: ["नमस्ते, मेरा ऑर्डर कहाँ है?", "डिलीवरी सोमवार को होनी थी 📦", "धन्यवाद"],
  zh: ["你好,我的订单在哪里?", "快递应该星期一送到 📦", "谢谢,很好"],
};
