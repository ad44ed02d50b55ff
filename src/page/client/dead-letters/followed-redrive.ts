/** What the answers about the redrive tell one after the other. Pure. */
import type { RedriveAnswer } from "../../letters/contract";

export interface FollowedRedrive {
  readonly answer: RedriveAnswer | undefined;
  /** Counts the redrives that ended since the first answer, after which lists are others. */
  readonly ended: number;
  /** The end of the last one that had ended. */
  readonly endedAt: string | undefined;
}

export const NOT_ASKED: FollowedRedrive = { answer: undefined, ended: 0, endedAt: undefined };

export function afterAnswer(before: FollowedRedrive, answer: RedriveAnswer): FollowedRedrive {
  const endedAt = answer.last?.endedAt ?? before.endedAt;
  // A short one is first seen when it has ended. A server that was started anew knows none.
  const hasEnded = endedAt !== before.endedAt || (isRunning(before.answer) && answer.last === undefined);
  const isNews = before.answer !== undefined && hasEnded;
  return { answer, endedAt, ended: before.ended + Number(isNews) };
}

export function isRunning(answer: RedriveAnswer | undefined): boolean {
  return answer?.last !== undefined && answer.last.endedAt === undefined;
}
