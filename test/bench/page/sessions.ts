/** Sessions as the job would write them, made of the sample chat's lines: number `index` is always the same. */
import type { ChatMessage, EmbeddedPart } from "../../../src/chat/model";
import { describeChat } from "../../../src/local/bedrock/describe-chat";
import { vectorOf } from "../../../src/local/bedrock/vector";
import { type Random, randomFrom } from "../../../src/local/random";
import { CITIES, type Said, type Scenario, SCENARIOS, textOf } from "../../../src/local/sample/scenarios";

/** Titan v1's, which is the job's default. */
export const DIMENSION = 1_536;
/** Ten sessions each, at the whole size. */
const USERS = 20_000;
const FIRST_MS = Date.UTC(2025, 0, 1);
/** 200,000 sessions fill a year. */
const EVERY_MS = 157_000;
const MAX_STEP_MS = 90_000;
const MAX_MORE_LINES = 3;
const NOISE = 1 / 3;

export const COLOURS = "black white red blue green grey yellow silver orange violet brown beige".split(" ");
export const THINGS = (
  "kettle blender lamp sofa desk keyboard monitor phone charger bicycle helmet tent backpack jacket shoes watch " +
  "camera printer router speaker mattress carpet mirror grill"
).split(" ");
const CHANNELS = ["web", "app", "messenger"] as const;
export const TENANTS = ["north", "south", "east", "west"] as const;

export function timeOf(index: number): number {
  return FIRST_MS + index * EVERY_MS;
}

export function benchSession(index: number): EmbeddedPart {
  const random = randomFrom(index + 1);
  const customer = `user-${index % USERS}`;
  const scenario = random.pick(SCENARIOS);
  const startMs = timeOf(index);
  const messages = messagesOf(linesOf(scenario, random), { customer, index, startMs }, random);
  const texts = (isOwn: boolean): string[] =>
    messages.filter(({ userId }) => (userId === customer) === isOwn).map(({ content }) => content);
  const summary = describeChat(texts(true), undefined, texts(false));
  return {
    part: {
      sessionKey: customer,
      startMs,
      endMs: messages.at(-1)!.timestampMs,
      part: 1,
      partCount: 1,
      pane: 0,
      early: false,
      messages,
      attributes: { channel: random.pick(CHANNELS), tenant: random.pick(TENANTS) },
    },
    summary,
    summaryModel: "bench",
    promptVersion: 1,
    taxonomyHash: "bench",
    unreadCharacters: 0,
    embedding: dense(vectorOf(summary.summary, DIMENSION, true), random),
    embeddingModel: "bench",
    embeddingTruncated: false,
  };
}

/** A model's vectors have no zeros: adds noise of a third of the vector's length, and scales to length 1. */
function dense(vector: readonly number[], random: Random): number[] {
  const scale = NOISE / Math.sqrt(DIMENSION / 3);
  const noisy = vector.map((component) => component + scale * (2 * random.next() - 1));
  const length = Math.hypot(...noisy);
  return noisy.map((component) => Math.fround(component / length));
}

/** A scenario's lines and some of others in its language, so that not every one of a kind is the same. */
function linesOf(scenario: Scenario, random: Random): readonly Said[] {
  const alike = SCENARIOS.filter(({ language }) => language === scenario.language);
  const more = Array.from({ length: random.int(0, MAX_MORE_LINES) }, () => random.pick(random.pick(alike).messages));
  return [...scenario.messages, ...more, `${random.pick(COLOURS)} ${random.pick(THINGS)}, {amount}`];
}

function messagesOf(
  lines: readonly Said[],
  { customer, index, startMs }: { readonly customer: string; readonly index: number; readonly startMs: number },
  random: Random,
): readonly ChatMessage[] {
  const facts = {
    order: String(random.int(100_000, 999_999)),
    city: random.pick(CITIES),
    amount: `${random.int(9, 240)}.90 €`,
  };
  let timestampMs = startMs;
  return lines.map((said, place) => {
    if (place > 0) timestampMs += random.int(1_000, MAX_STEP_MS);
    const isOwn = typeof said === "string";
    return {
      userId: isOwn ? customer : said[0],
      sessionKey: customer,
      ...(isOwn ? {} : { role: said[0] === "bot" ? "bot" : "agent" }),
      content: textOf(said).replace(/\{(order|city|amount)\}/g, (_, name: keyof typeof facts) => facts[name]),
      messageId: `${index}-${place}`,
      timestampMs,
      arrivalMs: timestampMs,
      position: { shardId: "shardId-000000000000", sequenceNumber: String(index), subSequenceNumber: place },
    };
  });
}
