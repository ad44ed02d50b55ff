/**
 * Random histories of a chat and of the jobs that index it: what is sent, in which order and how late, and which runs
 * read it, from where, and how they end.
 */
import type { PlannedMessage } from "../chat/random-chat";
import { type Random, randomOf } from "../random";

export type Run =
  /** From the stream's beginning to its tip. */
  | { readonly kind: "once" }
  /** From a moment between the first record's arrival and now, given as a share of that span, to the tip. */
  | { readonly kind: "from"; readonly share: number }
  /** From the beginning without an end, stopped by a person after a while: what was read is finished. */
  | { readonly kind: "drained"; readonly afterMs: number }
  /** Cut short after a while: what is under way is dropped. */
  | { readonly kind: "cancelled"; readonly afterMs: number }
  /** In a process of its own, which is killed. */
  | { readonly kind: "killed"; readonly afterMs: number }
  /** Two runs at once from the beginning to the tip. */
  | { readonly kind: "pair" }
  | { readonly kind: "redrive" };

export interface Round {
  readonly put: readonly PlannedMessage[];
  readonly run: Run;
}

export interface History {
  readonly gapMs: number;
  readonly rounds: readonly Round[];
}

export interface HistoryOptions {
  readonly users: number;
  readonly messagesPerUser: number;
  readonly rounds: number;
  readonly gapMs: number;
  /** Time of the first message. */
  readonly startMs: number;
  /** Whether runs in processes of their own are killed, which takes seconds each. */
  readonly withKills: boolean;
}

const LATE_SHARE = 0.15;
const RESENT_SHARE = 0.1;
const EDITED_SHARE = 0.05;
const ID_SHARE = 0.6;
/** Half of the steps between two messages lie within the gap, and some exactly at its edge. */
const NEAR_GAP_SHARE = 0.1;
const OVER_GAP_SHARE = 0.25;

export function randomHistory(seed: number, options: HistoryOptions): History {
  const random = randomOf(seed);
  const rounds: PlannedMessage[][] = Array.from({ length: options.rounds }, () => []);
  for (let user = 0; user < options.users; user++) {
    const messages = messagesOf(random, `user-${seed}-${user}`, options);
    messages.forEach((message, index) => {
      const due = Math.floor((index / messages.length) * options.rounds);
      const late = random.chance(LATE_SHARE) ? random.int(1, options.rounds) : 0;
      rounds[Math.min(options.rounds - 1, due + late)]!.push(message);
      if (random.chance(RESENT_SHARE)) rounds[random.int(due, options.rounds - 1)]!.push(message);
    });
  }
  return {
    gapMs: options.gapMs,
    rounds: rounds.map((put) => ({ put: shuffledALittle(random, put), run: randomRun(random, options) })),
  };
}

function messagesOf(random: Random, userId: string, options: HistoryOptions): PlannedMessage[] {
  const messages: PlannedMessage[] = [];
  let timestampMs = options.startMs + random.int(0, options.gapMs);
  for (let index = 0; index < options.messagesPerUser; index++) {
    timestampMs += stepMs(random, options.gapMs);
    const before = messages.at(-1);
    const content = `message ${index} of ${userId}: ${random.pick(["where is it", "thanks", "مرحبا", "注文は", "🙏🏽"])}`;
    const isEdit = before?.messageId !== undefined && random.chance(EDITED_SHARE / ID_SHARE);
    const messageId = isEdit ? before.messageId : random.chance(ID_SHARE) ? `${userId}-${index}` : undefined;
    messages.push({ userId, content, timestampMs, ...(messageId === undefined ? {} : { messageId }) });
  }
  return messages;
}

function stepMs(random: Random, gapMs: number): number {
  if (random.chance(NEAR_GAP_SHARE)) return random.pick([gapMs - 1, gapMs, gapMs + 1]);
  if (random.chance(OVER_GAP_SHARE)) return random.int(gapMs, 3 * gapMs);
  return random.int(1, Math.floor(gapMs / 2));
}

/** Users are mixed; each one's messages stay about in order, as a chat's are. */
function shuffledALittle(random: Random, messages: readonly PlannedMessage[]): PlannedMessage[] {
  return messages
    .map((message) => ({ message, at: message.timestampMs + random.int(0, 2_000) }))
    .sort((a, b) => a.at - b.at)
    .map(({ message }) => message);
}

function randomRun(random: Random, { withKills }: HistoryOptions): Run {
  const kinds = ["once", "from", "from", "drained", "cancelled", "cancelled", "pair", "redrive"] as const;
  const kind = random.pick(withKills ? [...kinds, "killed" as const] : kinds);
  switch (kind) {
    case "from":
      return { kind, share: random.int(0, 1_000) / 1_000 };
    case "drained":
      return { kind, afterMs: random.int(300, 2_500) };
    case "cancelled":
      return { kind, afterMs: random.int(50, 1_500) };
    case "killed":
      return { kind, afterMs: random.int(2_000, 6_000) };
    case "once":
    case "pair":
    case "redrive":
      return { kind };
  }
}
