import type { Processed } from "./contract";

/**
 * Gathers the promises that a caller must await. It allocates nothing while there is none.
 *
 * A gathered promise counts as handled: when the caller fails for another reason first, a later rejection must not end
 * the process.
 */
export class Waits {
  private promises: Promise<void>[] | undefined;

  add(processed: Processed): void {
    // Receivers return the same promise for as long as one queue is full.
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
