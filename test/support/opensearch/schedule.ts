import assert from "node:assert/strict";
import type { Random } from "../../../src/local/random";
import { Killed } from "./bring";

interface Waiting {
  readonly go: () => void;
  readonly kill: () => void;
  /** The step before which it does not go on, unless all others wait too. */
  readonly fromStep: number;
}

/** Steps of others that one that stalls waits for. */
const STALL_STEPS = 100;

/** Lets one writer at a time go on, and kills some. With `stalls`, every so many waits are long ones. */
export class Schedule {
  private readonly waiting: Waiting[] = [];
  private running = 0;
  private steps = 0;

  constructor(
    private readonly random: Random,
    private kills: number,
    private readonly stalls?: number,
  ) {}

  readonly turn = (): Promise<void> => this.wait(this.stalls);

  /** The turn of a writer that never stalls. */
  readonly promptTurn = (): Promise<void> => this.wait(undefined);

  private wait(stalls: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const isStalling = stalls !== undefined && this.random.int(1, stalls) === 1;
      const fromStep = isStalling ? this.steps + this.random.int(1, STALL_STEPS) : 0;
      this.waiting.push({ go: resolve, kill: () => reject(new Killed("killed")), fromStep });
    });
  }

  start(work: () => Promise<unknown>): void {
    this.running++;
    void work().finally(() => this.running--);
  }

  async run(afterEach: () => void = () => undefined): Promise<void> {
    for (; ; this.steps++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.running === 0) return;
      if (this.waiting.length === 0) continue;
      assert.ok(this.steps < 20_000, "the writers begin anew for ever");
      const awake = this.waiting.filter(({ fromStep }) => fromStep <= this.steps);
      const mayGo = awake.length === 0 ? this.waiting : awake;
      const next = mayGo[this.random.int(0, mayGo.length - 1)];
      this.waiting.splice(this.waiting.indexOf(next!), 1);
      if (this.kills > 0 && this.random.int(0, 15) === 0) {
        this.kills--;
        next!.kill();
      } else next!.go();
      await Promise.resolve();
      afterEach();
    }
  }
}
