/**
 * The chat of the benchmarks: users take turns, half a minute apart; after ten rounds all are silent for six minutes.
 * Message n is the same wherever it is made.
 */
export const USERS = 2_000;
const ROUNDS_PER_SESSION = 10;
const ROUND_MS = 30_000;
const SILENCE_MS = 360_000;
const TEXT =
  "I ordered it on Monday, the parcel says delivered, but nothing arrived at my door. Could you check, please?";

export interface BenchMessage {
  readonly userId: string;
  readonly content: string;
  readonly messageId: string;
  readonly timestampMs: number;
}

export function benchMessage(index: number, startMs: number): BenchMessage {
  const round = Math.floor(index / USERS);
  const silences = Math.floor(round / ROUNDS_PER_SESSION);
  return {
    userId: `user-${index % USERS}`,
    content: TEXT,
    messageId: `m-${index}`,
    timestampMs: startMs + round * ROUND_MS + silences * SILENCE_MS + (index % USERS),
  };
}

/** Sessions in the first `count` messages; the last of a user may be unfinished. */
export function benchSessions(count: number): number {
  const perSession = USERS * ROUNDS_PER_SESSION;
  const whole = Math.floor(count / perSession) * USERS;
  return whole + Math.min(USERS, count % perSession);
}
