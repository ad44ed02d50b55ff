/**
 * Random histories of a chat and of the jobs that index it: what is sent, in which order and how late, and which runs
 * read it, from where, and how they end.
 */
import { type Random, randomOf } from "../random";
import type { PlannedMessage } from "../chat/sent";

export type RunnerName = "direct" | "flink";

/** Endless runs read from the beginning, and end after a while. */
export type Run =
  /** From the stream's beginning to its tip. */
  | { readonly kind: "once" }
  /** From a moment between the first record's arrival and now, given as a share of that span, to the tip. */
  | { readonly kind: "from"; readonly share: number }
  /**
   * Endless, stopped by a person: what was read is finished, or on Flink kept in a savepoint for the next endless run.
   */
  | { readonly kind: "stopped"; readonly afterMs: number }
  /** Endless, and cut short: what is under way is dropped. */
  | { readonly kind: "cancelled"; readonly afterMs: number }
  /** Endless, and all of its processes are killed. */
  | { readonly kind: "killed"; readonly afterMs: number }
  /** Endless, and one of Flink's workers is killed; the job recovers, and is stopped. */
  | { readonly kind: "workerKilled"; readonly afterMs: number; readonly recoveringMs: number }
  /** Two runs at once from the beginning to the tip, one of them on the direct runner. */
  | { readonly kind: "pair" }
  | { readonly kind: "redrive" };

export interface Round {
  readonly put: readonly PlannedMessage[];
  readonly run: Run;
  /** The fate of late messages in the run; letters are redriven later, or their messages come in a replay. */
  readonly late: "amend" | "letter";
}

export interface History {
  readonly runner: RunnerName;
  readonly gapMs: number;
  readonly rounds: readonly Round[];
  /** Policy for another text under a known id, in all runs. */
  readonly onEdit: "keep" | "replace";
}

export interface HistoryOptions {
  readonly runner: RunnerName;
  readonly users: number;
  readonly messagesPerUser: number;
  readonly rounds: number;
  readonly gapMs: number;
  /** Time of the first message. */
  readonly startMs: number;
}

const LATE_SHARE = 0.15;
const RESENT_SHARE = 0.1;
const EDITED_SHARE = 0.05;
const ID_SHARE = 0.6;
const LETTER_SHARE = 0.3;
const REPLACE_SHARE = 0.35;
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
    runner: options.runner,
    gapMs: options.gapMs,
    rounds: rounds.map((put) => ({
      put: shuffledALittle(random, put),
      run: randomRun(random, options),
      late: random.chance(LETTER_SHARE) ? "letter" : "amend",
    })),
    onEdit: random.chance(REPLACE_SHARE) ? "replace" : "keep",
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

const KINDS = {
  direct: ["once", "from", "from", "stopped", "cancelled", "cancelled", "killed", "pair", "redrive"],
  flink: ["once", "from", "from", "stopped", "stopped", "cancelled", "killed", "workerKilled", "pair", "redrive"],
} as const satisfies Record<RunnerName, readonly Run["kind"][]>;

/** Least and longest time of an endless run: on Flink, and in a process of its own, it takes some seconds to begin. */
const LIFE_MS = {
  direct: { stopped: [300, 2_500], cancelled: [50, 1_500], killed: [2_000, 6_000] },
  flink: { stopped: [3_000, 12_000], cancelled: [2_000, 8_000], killed: [2_000, 8_000] },
} as const satisfies Record<RunnerName, Record<string, readonly [number, number]>>;
const RECOVERING_MS = [1_000, 8_000] as const;

function randomRun(random: Random, { runner }: HistoryOptions): Run {
  const kind = random.pick<Run["kind"]>(KINDS[runner]);
  switch (kind) {
    case "from":
      return { kind, share: random.int(0, 1_000) / 1_000 };
    case "stopped":
    case "cancelled":
    case "killed":
      return { kind, afterMs: between(random, LIFE_MS[runner][kind]) };
    case "workerKilled":
      return {
        kind,
        afterMs: between(random, LIFE_MS[runner].killed),
        recoveringMs: between(random, RECOVERING_MS),
      };
    case "once":
    case "pair":
    case "redrive":
      return { kind };
  }
}

function between(random: Random, [least, most]: readonly [number, number]): number {
  return random.int(least, most);
}

/**
 * True when runs may have left entries in ledgers without documents: those that were cut short, and on Flink those that
 * were stopped, whose savepoint may have begun before the entry.
 */
export function mayLeaveEntries({ runner, rounds }: Pick<History, "runner" | "rounds">): boolean {
  const isCut = {
    once: false,
    from: false,
    pair: false,
    redrive: false,
    cancelled: true,
    killed: true,
    workerKilled: true,
  };
  return rounds.some(({ run: { kind } }) => (kind === "stopped" ? runner === "flink" : isCut[kind]));
}
