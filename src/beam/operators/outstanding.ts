import { type Deferred, deferred } from "../deferred";
import type { Processed } from "./contract";

/**
 * Counts the outputs that downstream has not taken yet, for emitters that live long: a list of promises would grow. The
 * first rejection is kept for the waiting caller. Promises added here count as handled.
 */
export class Outstanding {
  private count = 0;
  private error: Error | undefined;
  private waiter: Deferred<void> | undefined;

  add(processed: Processed): void {
    if (processed === undefined) return;
    this.count++;
    processed.then(this.onTaken, this.onRejected);
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** Resolves when nothing is outstanding. Rejects with the first error. Only one caller may wait at a time. */
  settled(): Processed {
    if (this.error !== undefined) return Promise.reject(this.error);
    if (this.count === 0) return undefined;
    this.waiter = deferred();
    return this.waiter.promise;
  }

  private readonly onTaken = (): void => {
    this.count--;
    if (this.count > 0 || this.waiter === undefined) return;
    const { waiter } = this;
    this.waiter = undefined;
    waiter.resolve();
  };

  private readonly onRejected = (error: unknown): void => {
    if (this.error === undefined) {
      this.error = error instanceof Error ? error : new Error("Downstream rejected an element without an error.");
      this.waiter?.reject(this.error);
      this.waiter = undefined;
    }
    this.onTaken();
  };
}
