import assert from "node:assert/strict";
import type { Random } from "../../../src/local/random";
import { Killed } from "./bring";

/** Lets one writer at a time go on, and kills some. */
export class Schedule {
  private readonly waiting: { readonly go: () => void; readonly kill: () => void }[] = [];
  private running = 0;

  constructor(
    private readonly random: Random,
    private kills: number,
  ) {}

  readonly turn = (): Promise<void> =>
    new Promise((resolve, reject) => this.waiting.push({ go: resolve, kill: () => reject(new Killed("killed")) }));

  start(work: () => Promise<unknown>): void {
    this.running++;
    void work().finally(() => this.running--);
  }

  async run(afterEach: () => void = () => undefined): Promise<void> {
    for (let steps = 0; ; steps++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.running === 0) return;
      if (this.waiting.length === 0) continue;
      assert.ok(steps < 20_000, "the writers begin anew for ever");
      const [next] = this.waiting.splice(this.random.int(0, this.waiting.length - 1), 1);
      if (this.kills > 0 && this.random.int(0, 15) === 0) {
        this.kills--;
        next!.kill();
      } else next!.go();
      await Promise.resolve();
      afterEach();
    }
  }
}
