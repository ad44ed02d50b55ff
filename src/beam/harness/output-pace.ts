/**
 * Decides how much of a bundle's output goes into one message, and how long it may wait for more.
 *
 * Beam's Java runners keep a bundle's output in a queue of 100 messages (BeamFnDataInboundObserver, Beam 2.62), and a
 * Flink task reads that queue only when the bundle has been answered. A 101st message would wait for ever and block the
 * whole stream. So the messages grow, and are sent later, the more a bundle has sent. After `MAX_MESSAGES` everything
 * waits for the bundle's end, whose message still fits into the queue. By then 200 MB have been sent; sources
 * checkpoint long before.
 */
const MAX_MESSAGES = 90;
const FIRST_FLUSH_BYTES = 256 * 1024;
const FIRST_FLUSH_MS = 20;
const MESSAGES_PER_STEP = 16;

export class OutputPace {
  private sent = 0;

  start(): void {
    this.sent = 0;
  }

  /** Must be called for each message. */
  count(): void {
    this.sent++;
  }

  /** True when anything of this bundle was sent before its end. */
  get hasSent(): boolean {
    return this.sent > 0;
  }

  get flushBytes(): number {
    return FIRST_FLUSH_BYTES * this.factor;
  }

  /** Infinity when the output must wait for the bundle's end. */
  get flushMs(): number {
    return FIRST_FLUSH_MS * this.factor;
  }

  private get factor(): number {
    return this.sent < MAX_MESSAGES ? 2 ** Math.floor(this.sent / MESSAGES_PER_STEP) : Infinity;
  }
}
