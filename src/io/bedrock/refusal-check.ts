/**
 * Tells an input that a model refuses, or answers in no useful way, from a model that does so to everything: an account
 * that is being set up, a policy, a guardrail or a setting whose words are not known here.
 *
 * 1. Only a useful answer to a call that was sent after a refusal proves that the model does not refuse everything.
 * 2. A busy job brings that proof by itself. Without it one harmless request is sent, never two at once, and rarely.
 * 3. As long as that one fails, nothing is decided, and whoever asks waits; `MAX_UNDECIDED_MS` is the end.
 */
import type { Shared } from "../../beam";
import { type BackOff, retrying, unlessFailed } from "../../beam/retry";
import { JobError } from "../../chat/errors";
import { roomLog } from "../../log";
import { logFailures, logRecovery } from "../retry";
import type { BedrockSettings } from "./settings";

const log = roomLog("bedrock");

/** Outcome of the harmless request, to which only a useful answer counts as one; `why` holds no text of a chat. */
export type Probed =
  | { readonly kind: "answered" }
  /** `isRefused` tells a refusal from trouble that is waited for by itself, as throttling is. */
  | { readonly kind: "failed"; readonly why: string; readonly isRefused: boolean };

export function failedProbe(why: string, isRefused = false): Probed {
  return { kind: "failed", why, isRefused };
}

/** First the job's own calls have time to prove it. */
const BACK_OFF: BackOff = { baseMs: 1_000, capMs: 30_000, jitter: 0.5 };
/** Bedrock's User Guide: the set-up of a model at its first use may take up to 15 minutes. */
const MAX_UNDECIDED_MS = 15 * 60_000;

interface Pace {
  readonly backOff: BackOff;
  readonly maxUndecidedMs: number;
}

const NOTHING_PROVEN = { kind: "failed", why: "no useful answer since a refusal", isRefused: false } as const;

export class RefusalCheck {
  private newestProofMs = Number.NEGATIVE_INFINITY;
  private underWay: Promise<Probed> | undefined;
  private newest: { readonly endedMs: number; readonly probed: Probed } | undefined;
  private failures = 0;

  constructor(
    private readonly model: string,
    private readonly pace: Pace = { backOff: BACK_OFF, maxUndecidedMs: MAX_UNDECIDED_MS },
  ) {}

  /** Time for which everything may be refused before that ends the run. */
  get maxUndecidedMs(): number {
    return this.pace.maxUndecidedMs;
  }

  /** Notes that a call which was sent at `sentMs` (of `performance.now()`) has got a useful answer. */
  answered(sentMs: number): void {
    this.newestProofMs = Math.max(this.newestProofMs, sentMs);
  }

  /**
   * Resolves when the model has given a useful answer since the refusal at `refusedMs`. Rejects with ACCESS_DENIED when
   * that stays undecided, with the error of a probe, and with the signal's reason.
   */
  async settle(refusedMs: number, probe: () => Promise<Probed>, signal: AbortSignal): Promise<void> {
    let looks = 0;
    let refusedSinceMs: number | undefined;
    const look = async (): Promise<Probed> => {
      if (this.newestProofMs > refusedMs) return { kind: "answered" };
      // The job's own calls have a pause to prove it first.
      const probed = looks++ === 0 ? NOTHING_PROVEN : await this.probed(probe);
      if (this.newestProofMs > refusedMs) return { kind: "answered" };
      // An answered one that does not count was sent before the refusal.
      return probed.kind === "failed" ? probed : NOTHING_PROVEN;
    };
    await retrying<Probed, void>(
      look,
      unlessFailed((probed) => {
        if (probed.kind === "answered") return { kind: "done", value: undefined };
        const { why, isRefused } = probed;
        refusedSinceMs = isRefused ? (refusedSinceMs ?? performance.now()) : undefined;
        const undecidedMs = performance.now() - (refusedSinceMs ?? performance.now());
        if (undecidedMs < this.maxUndecidedMs) return { kind: "again", why };
        return { kind: "fatal", error: this.undecided(why, undecidedMs) };
      }),
      { backOff: this.pace.backOff, signal },
    );
  }

  private probed(probe: () => Promise<Probed>): Promise<Probed> {
    if (this.underWay !== undefined) return this.underWay;
    if (this.newest !== undefined && performance.now() < this.newest.endedMs + this.pauseMs()) {
      return Promise.resolve(this.newest.probed);
    }
    this.underWay = probe()
      .then((probed) => {
        if (probed.kind === "failed") {
          logFailures(log, "Bedrock", ++this.failures, { model: this.model, why: probed.why });
        } else {
          logRecovery(log, "Bedrock", this.failures, { model: this.model });
          this.failures = 0;
        }
        this.newest = { endedMs: performance.now(), probed };
        return probed;
      })
      .finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  /** All who wait share one pace, so that many of them send no more probes than one. */
  private pauseMs(): number {
    const { baseMs, capMs } = this.pace.backOff;
    return this.failures === 0 ? 0 : Math.min(capMs, (baseMs / 2) * 2 ** (this.failures - 1));
  }

  private undecided(why: string, undecidedMs: number): JobError {
    return new JobError(
      "ACCESS_DENIED",
      `Bedrock has refused every call of ${this.model}, or answered in no useful way, for ${Math.round(undecidedMs / 60_000)} minutes, even a greeting (${why}): try the model once in the playground of Bedrock's console, mend what that tells, and look at the account's guardrails; no session was given up.`,
    );
  }
}

/** The run's check of one model behind one endpoint, which outlives bundles. */
export function sharedRefusalCheck(shared: Shared, { region, endpoint }: BedrockSettings, model: string): RefusalCheck {
  const key = JSON.stringify([region, endpoint, model]);
  return shared.get(`bedrock refusals ${key}`, () => new RefusalCheck(model));
}
