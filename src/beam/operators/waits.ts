import type { Processed } from "./contract";

/**
 * Gathers what a caller must wait for, without allocating anything while there is nothing.
 *
 * A gathered promise counts as handled from then on: when the gatherer fails for another reason first, a later
 * rejection of this one must not bring the process down.
 */
export class Waits {
  private promises: Promise<void>[] | undefined;

  add(processed: Processed): void {
    // Receivers hand out one promise for as long as the same queue is full.
    if (processed === undefined || processed === this.promises?.[this.promises.length - 1]) return;
    processed.catch(() => undefined);
    (this.promises ??= []).push(processed);
  }

  take(): Processed {
    const { promises } = this;
    if (promises === undefined) return undefined;
    this.promises = undefined;
    if (promises.length === 1) return promises[0];
    return Promise.all(promises).then(() => undefined);
  }

  discard(): void {
    this.promises = undefined;
  }
}
