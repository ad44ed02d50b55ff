/** One look at one thing that the job needs: what was expected, what came, and the cure. */
import { BeamError } from "../../beam/error";
import { failureOf } from "../../io/aws/failure";

export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface Look {
  /** "kinesis:GetRecords": the right that the job needs for it, where there is one. */
  readonly name: string;
  readonly expected: string;
}

export interface Seen {
  /** Continues the line after the name; never chat text. */
  readonly found: string;
  /** Shapes of answers, versions, figures. */
  readonly facts?: Facts;
  /** Given when what was found is not what was expected. */
  readonly cure?: string;
}

export interface Finding extends Look, Seen {
  readonly verdict: "ok" | "wrong" | "skipped";
  readonly tookMs: number;
}

/** Looks, and makes a finding of whatever comes, errors included. Never rejects. */
export async function examine(look: Look, work: () => Promise<Seen>): Promise<Finding> {
  const startMs = performance.now();
  const finding = (verdict: Finding["verdict"], seen: Seen): Finding => ({
    ...look,
    ...seen,
    verdict,
    tookMs: Math.round(performance.now() - startMs),
  });
  try {
    const seen = await work();
    return finding(seen.cure === undefined ? "ok" : "wrong", seen);
  } catch (error) {
    if (error instanceof BeamError) return finding("wrong", { found: error.code, cure: error.message });
    const { name, statusCode } = failureOf(error);
    const facts = statusCode === undefined ? {} : { statusCode };
    return finding("wrong", { found: name, facts, cure: `${name} is not known here: report it with this report.` });
  }
}

/** The finding of a look that makes no sense, because what it builds on is wrong. */
export function skipped(look: Look, why: string): Finding {
  return { ...look, found: why, verdict: "skipped", tookMs: 0 };
}
