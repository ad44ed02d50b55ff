/**
 * Live events for all windows that listen.
 *
 * 1. The indexes and the job are asked once for all, and the indexes only while somebody listens (`tick`).
 * 2. The job's figures of the last hour are kept whether or not somebody listens, and no more (`FigureHistory`).
 * 3. The last `MAX_KEPT` events are kept, so that a window which comes back gets what it missed (`open`): but what was
 *    erased meanwhile (`forgetErased`). Those before are counted by the totals in the events' ids (`dropped`).
 */
import { activityOf } from "../../io/opensearch/searching/activity";
import { alertIndexOf } from "../../io/opensearch/settings";
import { JobError } from "../../chat/errors";
import { roomLog } from "../../log";
import type { PageSources } from "../backend";
import type { LiveEvent, LiveFigures, LiveMore, LiveState } from "./contract";
import { Feed, type FeedEvent, type Unnumbered } from "./feed";
import { FigureHistory } from "./figure-history";
import { SAMPLE_INTERVAL_MS } from "./joined-figures";
import { Listener } from "./listener";
import { plus } from "./numbers";

const log = roomLog("page");

/** Ten readers with a few windows each; each holds a connection. */
export const MAX_LISTENERS = 32;
/** The indexes' counts by minute change slowly. */
const ACTIVITY_INTERVAL_MS = 10_000;
const ACTIVITY_MINUTES = 60;
/** Enough for a window that was away for some minutes. */
const MAX_KEPT = 200;
/** A new window begins with the newest. */
const SHOWN_FIRST = 20;

/** The place where a window goes on: behind an event, or at a time; at the newest events, if neither. */
interface Resumption {
  readonly lastId?: string | undefined;
  readonly sinceMs?: number | undefined;
}

const NOTHING: LiveMore = { sessions: 0, alerts: 0 };

interface LiveTimes {
  readonly pollMs: number;
  readonly maxCheckMs: number;
}

const TIMES: LiveTimes = {
  // As often as documents become searchable, about.
  pollMs: 2_000,
  // Far less than the 40 seconds of silence after which a window asks anew.
  maxCheckMs: 3_000,
};

export class LiveHub {
  private readonly listeners = new Set<Listener>();
  private kept: FeedEvent[] = [];
  private readonly feed: Feed;
  private readonly figures: FigureHistory | undefined;
  private readonly timer: ReturnType<typeof setInterval>;
  /** Ids of one server's life begin alike. */
  private readonly life = Date.now().toString(36);
  private serial = 0;
  private told = NOTHING;
  /** The id of the newest event that is kept no more. */
  private droppedId: string | undefined;
  private state: LiveState = { refusal: null };
  private activity: LiveFigures | undefined;
  private nextMs = { poll: 0, sample: 0, activity: 0 };
  /** Questions under way, apart, so that the job's figures go on while OpenSearch does not answer. */
  private readonly asking = new Set<"job" | "indexes">();
  private isClosed = false;

  constructor(
    private readonly sources: PageSources,
    private readonly times = TIMES,
  ) {
    const { openSearch, index, job } = sources;
    this.feed = new Feed(openSearch, { index, alertIndex: alertIndexOf(index) }, Date.now());
    this.figures = job === undefined ? undefined : new FigureHistory(job);
    this.timer = setInterval(() => this.tick(), times.pollMs / 2);
    this.timer.unref();
  }

  /** Resolves with a stream of events that ends with this hub; with undefined when too many listen. */
  async open(resumption: Resumption): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined> {
    if (this.isFull()) return undefined;
    const isCertain = await within(this.times.maxCheckMs, this.forgetErased());
    if (this.isFull()) return undefined;
    const listener = new Listener((gone) => this.listeners.delete(gone));
    listener.push({ event: "state", data: this.state });
    const figures = this.figures === undefined ? this.activity : this.figures.whole();
    if (figures !== undefined) listener.push({ event: "figures", data: figures });
    const missed = this.missed(resumption);
    for (const event of isCertain ? missed : counted(missed)) listener.push(event);
    this.listeners.add(listener);
    this.tick();
    return listener.body;
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Ends all streams. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const listener of this.listeners) listener.close();
    this.listeners.clear();
  }

  private isFull(): boolean {
    return this.isClosed || this.listeners.size >= MAX_LISTENERS;
  }

  /** Resolves with false where the indexes cannot be asked. What is answered late is known to the next window. */
  private async forgetErased(): Promise<boolean> {
    const events = [...this.kept];
    if (events.length === 0) return true;
    try {
      const still = new Set(await this.feed.still(events));
      const asked = new Set(events);
      this.kept = this.kept.filter((event) => still.has(event) || !asked.has(event));
      return true;
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      return false;
    }
  }

  private missed({ lastId, sinceMs }: Resumption): readonly FeedEvent[] {
    if (lastId !== undefined && lastId.split(".")[0] === this.life) {
      const { serial } = placeOf(lastId);
      return [...this.dropped(lastId), ...this.kept.filter(({ id }) => placeOf(id).serial > serial)];
    }
    if (sinceMs !== undefined) return this.kept.filter((event) => writtenMs(event) >= sinceMs);
    return this.kept.filter(({ event }) => event !== "more").slice(-SHOWN_FIRST);
  }

  /** Counts what came behind an event and is kept no more. */
  private dropped(lastId: string): readonly FeedEvent[] {
    if (this.droppedId === undefined) return [];
    const [from, to] = [placeOf(lastId), placeOf(this.droppedId)];
    if (to.serial <= from.serial) return [];
    const data = { sessions: Math.max(0, to.sessions - from.sessions), alerts: Math.max(0, to.alerts - from.alerts) };
    return [{ event: "more", id: this.droppedId, data }];
  }

  /** Asks whatever is due. */
  private tick(): void {
    const { figures } = this;
    if (figures !== undefined) void this.once("job", () => this.askJob(figures));
    if (this.listeners.size > 0) void this.once("indexes", () => this.askIndexes());
  }

  /** Asks, unless the former answer has not come. It never rejects. */
  private async once(what: "job" | "indexes", ask: () => Promise<void>): Promise<void> {
    if (this.asking.has(what) || this.isClosed) return;
    this.asking.add(what);
    try {
      await ask();
    } catch (error) {
      // An unknown error's message may hold chat text.
      log.error({ error: error instanceof Error ? error.name : "unknown" }, "live events could not be found");
    } finally {
      this.asking.delete(what);
    }
  }

  private async askJob(figures: FigureHistory): Promise<void> {
    if (!this.isDue("sample", SAMPLE_INTERVAL_MS)) return;
    const sample = await figures.sample(Date.now());
    if (sample !== undefined) this.tell({ event: "figures", data: sample });
  }

  private async askIndexes(): Promise<void> {
    if (!this.isDue("poll", this.times.pollMs)) return;
    try {
      if (this.figures === undefined && this.isDue("activity", ACTIVITY_INTERVAL_MS)) await this.askActivity();
      for (const event of await this.feed.poll()) this.keep(event);
      this.tellState({ refusal: null });
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      this.tellState({ refusal: { code: error.code, message: error.message } });
    }
  }

  private async askActivity(): Promise<void> {
    const { openSearch, index, deadLetters: store } = this.sources;
    const indexes = { index, deadLetterIndex: store.index, alertIndex: alertIndexOf(index) };
    const { startsMs, indexed, messages, deadLetters, alerts } = await activityOf(
      openSearch,
      indexes,
      ACTIVITY_MINUTES,
      Date.now(),
    );
    const values = {
      indexed: [...indexed],
      messages: [...messages],
      deadLetters: [...deadLetters],
      alerts: [...alerts],
    };
    this.activity = { source: "index", isWhole: true, atMs: [...startsMs], values };
    this.tell({ event: "figures", data: this.activity });
  }

  private isDue(what: keyof LiveHub["nextMs"], intervalMs: number): boolean {
    // A wall clock that is set back would stop it for as long.
    const nowMs = performance.now();
    if (nowMs < this.nextMs[what]) return false;
    this.nextMs[what] = nowMs + intervalMs;
    return true;
  }

  private keep(event: Unnumbered): void {
    this.told = plus(this.told, event);
    const numbered = { ...event, id: [this.life, ++this.serial, this.told.sessions, this.told.alerts].join(".") };
    this.kept.push(numbered);
    if (this.kept.length > MAX_KEPT) this.droppedId = this.kept.shift()?.id;
    this.tell(numbered);
  }

  private tellState(state: LiveState): void {
    if (JSON.stringify(state) === JSON.stringify(this.state)) return;
    this.state = state;
    this.tell({ event: "state", data: state });
  }

  private tell(event: LiveEvent): void {
    for (const listener of this.listeners) listener.push(event);
  }
}

/** Resolves as `certain` does, with false where that takes too long. */
async function within(limitMs: number, certain: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  return Promise.race([certain, late]).finally(() => clearTimeout(timer));
}

/** Events as their numbers alone. */
function counted(events: readonly FeedEvent[]): readonly FeedEvent[] {
  const last = events.at(-1);
  return last === undefined ? [] : [{ event: "more", id: last.id, data: events.reduce(plus, NOTHING) }];
}

/** An event's number, and all that was told up to it; zeros where a program sends another id. */
function placeOf(id: string): LiveMore & { readonly serial: number } {
  const [serial = 0, sessions = 0, alerts = 0] = id
    .split(".")
    .slice(1)
    .map((text) => Number(text) || 0);
  return { serial, sessions, alerts };
}

function writtenMs(event: FeedEvent): number {
  switch (event.event) {
    case "session":
      return Date.parse(event.data.indexedAt);
    case "alert":
      return Date.parse(event.data.writtenAt);
    case "more":
      return Number.POSITIVE_INFINITY;
  }
}
