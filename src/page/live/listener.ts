/**
 * One window that listens.
 *
 * 1. It is sent what it takes: while it does not read, at most `MAX_WAITING` events wait (`push`).
 * 2. What does not fit is counted, the oldest first, and told as "more" (`next`). Of figures and states the newest
 *    alone waits, but for a whole hour, which later figures are added to while the first ones go.
 * 3. One that reads nothing for a minute is ended, so that others find its place (`watch`): it reads a heartbeat four
 *    times in that time.
 */
import type { LiveEvent, LiveFigures, LiveMore } from "./contract";
import { eventText, HEARTBEAT } from "./events";
import { joinFigures } from "./joined-figures";
import { plus } from "./numbers";

/** Some seconds of a busy stream; a few hundred KB. */
export const MAX_WAITING = 100;
/** Proxies close what is silent for a minute, most of them. */
const HEARTBEAT_MS = 15_000;
const MAX_UNREAD_MS = 60_000;

export class Listener {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  private readonly waiting: Exclude<LiveEvent, { event: "figures" | "state" }>[] = [];
  private figures: LiveFigures | undefined;
  private state: Extract<LiveEvent, { event: "state" }> | undefined;
  private dropped: LiveMore = { sessions: 0, alerts: 0 };
  /** The id of the newest event that was dropped. */
  private droppedId = "";
  private wake: (() => void) | undefined;
  private isClosed = false;
  private unread: NodeJS.Timeout | undefined;

  constructor(
    private readonly onGone: (listener: Listener) => void,
    private readonly maxUnreadMs = MAX_UNREAD_MS,
  ) {
    const encoder = new TextEncoder();
    this.body = new ReadableStream(
      {
        start: (controller) => this.watch(controller),
        pull: async (controller) => {
          clearTimeout(this.unread);
          const text = await this.next();
          if (text === undefined) controller.close();
          else {
            controller.enqueue(encoder.encode(text));
            this.watch(controller);
          }
        },
        cancel: () => this.leave(),
      },
      { highWaterMark: 0 },
    );
  }

  push(event: LiveEvent): void {
    if (event.event === "figures") this.figures = joinFigures(this.figures, event.data);
    else if (event.event === "state") this.state = event;
    else this.waiting.push(event);
    while (this.waiting.length > MAX_WAITING) this.drop();
    this.wake?.();
  }

  /** Lets it read what waits, and then ends it. */
  close(): void {
    this.isClosed = true;
    this.wake?.();
  }

  private watch(controller: ReadableStreamDefaultController): void {
    this.unread = setTimeout(() => {
      controller.close();
      this.leave();
    }, this.maxUnreadMs);
    this.unread.unref();
  }

  private leave(): void {
    clearTimeout(this.unread);
    this.close();
    this.onGone(this);
  }

  private drop(): void {
    const event = this.waiting.shift()!;
    this.droppedId = event.id;
    this.dropped = plus(this.dropped, event);
  }

  /** Resolves with the text to send next, undefined at the end. */
  private async next(): Promise<string | undefined> {
    for (;;) {
      const text = this.take();
      if (text !== "") return text;
      if (this.isClosed) return undefined;
      if (!(await this.isWoken())) return HEARTBEAT;
    }
  }

  private take(): string {
    const { sessions, alerts } = this.dropped;
    const more: readonly LiveEvent[] =
      sessions + alerts === 0 ? [] : [{ event: "more", id: this.droppedId, data: this.dropped }];
    this.dropped = { sessions: 0, alerts: 0 };
    const { state, figures } = this;
    [this.state, this.figures] = [undefined, undefined];
    const latest: readonly LiveEvent[] = [
      ...(state === undefined ? [] : [state]),
      ...(figures === undefined ? [] : [{ event: "figures", data: figures } as const]),
    ];
    return [...latest, ...more, ...this.waiting.splice(0)].map(eventText).join("");
  }

  private async isWoken(): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isWoken: boolean): void => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve(isWoken);
      };
      const timer = setTimeout(() => done(false), HEARTBEAT_MS);
      this.wake = () => done(true);
    });
  }
}
