import type { MetricResult } from "../beam";
import { Readings } from "./readings";
import type { JobFacts } from "./row";

/** The part of a run that metrics are read from. */
export interface FollowedRun {
  metrics(): Promise<readonly MetricResult[]>;
  openWindows?(): number;
}

/** The metrics of a run at one moment. */
export interface JobMoment {
  readonly readings: Readings;
  readonly facts: JobFacts;
  /** When counting began, in milliseconds since the epoch. */
  readonly startMs: number;
}

interface Followed {
  readonly run: FollowedRun;
  readonly facts: JobFacts;
  readonly startMs: number;
  newest: Readings;
}

/** The metrics of the followed run. */
export class JobReadings {
  private followed: Followed | undefined;

  follow(run: FollowedRun, facts: JobFacts): void {
    this.followed = { run, facts, startMs: Date.now(), newest: new Readings([], undefined) };
  }

  get isFollowing(): boolean {
    return this.followed !== undefined;
  }

  /**
   * Resolves with the newest metrics that there are: the former ones while the runner does not answer, undefined before
   * a run is followed. Counters begin at 0. It never rejects.
   */
  async now(): Promise<JobMoment | undefined> {
    const { followed } = this;
    if (followed === undefined) return undefined;
    const { run, facts, startMs } = followed;
    const metrics = await run.metrics().catch(() => undefined);
    if (metrics !== undefined) followed.newest = new Readings(metrics, run.openWindows?.());
    return { readings: followed.newest, facts, startMs };
  }
}
