/**
 * Gathers the elements of one asynchronous transform into calls, over all its bundles in this process.
 *
 * 1. At most one batch is forming. It is due when it is full, too old, or when every bundle with an element in it is
 *    finishing, since then none of them can add to it. Behind an `asyncBoundary` each element is a bundle of its own,
 *    so there the elements in flight count as the bundles that can add to it. A due batch leaves as soon as both gates
 *    admit it. While no call is under way, a batch is too old sooner.
 * 2. While the forming batch is full and cannot leave, `add` waits. So at most one batch, and one element of each
 *    bundle, are queued.
 * 3. The pool's gate bounds running calls, over all transforms that share it. The transform's own gate bounds calls
 *    whose outputs downstream has not taken yet.
 * 4. A failed bundle's elements leave the forming batch at once.
 * 5. What a call gives back is neither in a batch nor before one until its delay has passed; a failed bundle's elements
 *    are forgotten.
 */
import type { Batching } from "../authoring/async-do-fn";
import { AsyncCall, type CallElement, type CallOwner, type GivenBack } from "./async-call";
import type { Processed } from "./contract";
import type { Gate } from "./gate";

/** Without batching, a call holds exactly one element. */
const SINGLE: Batching = { maxCount: 1, maxBytes: Infinity, maxAgeMs: Infinity };

/** The longest delay of a Node.js timer. A longer delay would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface FormingBatch {
  elements: CallElement[];
  bytes: number;
  isLeaving: boolean;
  readonly beginMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** A bundle that waits until its element is in a batch that is not full. */
interface Waiter {
  readonly element: CallElement;
  isAdded: boolean;
  readonly resolve: () => void;
}

interface Aside {
  elements: readonly CallElement[];
  timer: NodeJS.Timeout | undefined;
}

export class CallQueue {
  private readonly batching: Batching;
  private forming: FormingBatch | undefined;
  private waiting: Waiter[] = [];
  private isResuming = false;
  private callsUnderWay = 0;
  private readonly aside = new Set<Aside>();

  constructor(
    batching: Batching | undefined,
    private readonly pool: Gate,
    private readonly own: Gate,
  ) {
    this.batching = batching ?? SINGLE;
  }

  /** Adds an element. Returns a promise when the caller must wait before it adds more; the promise never rejects. */
  add(element: CallElement): Processed {
    const isAdded = this.waiting.length === 0 && this.tryAdd(element);
    if (isAdded && !this.isFull()) return undefined;
    return new Promise((resolve) => this.waiting.push({ element, isAdded, resolve }));
  }

  /** Must be called when a bundle starts to finish, or failed. */
  onOwnerChanged(owner: CallOwner): void {
    if (!owner.isLive) this.forget(owner);
    const { forming } = this;
    if (forming === undefined) return;
    if (!owner.isLive) {
      forming.elements = forming.elements.filter((element) => element.owner !== owner);
      forming.bytes = forming.elements.reduce((sum, { bytes }) => sum + bytes, 0);
      if (forming.elements.length === 0 && !forming.isLeaving) this.dissolve(forming);
      const { waiting } = this;
      this.waiting = waiting.filter(({ element }) => element.owner !== owner);
      for (const { element, resolve } of waiting) if (element.owner === owner) resolve();
      this.resumeWaiting();
    }
    this.leaveIfComplete();
  }

  private tryAdd(element: CallElement): boolean {
    const { maxBytes, maxCount } = this.batching;
    if (
      this.forming !== undefined &&
      this.forming.elements.length > 0 &&
      this.forming.bytes + element.bytes > maxBytes
    ) {
      this.leave(this.forming);
    }
    // A full batch normally leaves at once. If it is still here, it waits for a gate.
    const forming = this.forming ?? this.begin();
    if (this.isFull() || (forming.elements.length > 0 && forming.bytes + element.bytes > maxBytes)) return false;
    forming.elements.push(element);
    forming.bytes += element.bytes;
    if (forming.elements.length >= maxCount || forming.bytes >= maxBytes) this.leave(forming);
    return true;
  }

  private begin(): FormingBatch {
    const beginMs = performance.now();
    const forming: FormingBatch = { elements: [], bytes: 0, isLeaving: false, beginMs, timer: undefined };
    this.forming = forming;
    this.setTimer(forming);
    return forming;
  }

  private setTimer(batch: FormingBatch): void {
    const { maxAgeMs, maxIdleAgeMs = maxAgeMs, maxCount } = this.batching;
    const ageMs = this.callsUnderWay > 0 ? maxAgeMs : Math.min(maxIdleAgeMs, maxAgeMs);
    clearTimeout(batch.timer);
    if (maxCount === 1 || ageMs > MAX_TIMER_MS) batch.timer = undefined;
    else batch.timer = setTimeout(() => this.leave(batch), Math.max(0, batch.beginMs + ageMs - performance.now()));
  }

  private onAnswered(): void {
    this.callsUnderWay--;
    if (this.callsUnderWay === 0 && this.forming?.isLeaving === false) this.setTimer(this.forming);
  }

  private isFull(): boolean {
    const { forming } = this;
    if (forming === undefined) return false;
    return forming.elements.length >= this.batching.maxCount || forming.bytes >= this.batching.maxBytes;
  }

  private leaveIfComplete(): void {
    if (this.forming !== undefined && this.isComplete(this.forming)) this.leave(this.forming);
  }

  private isComplete({ elements, timer }: FormingBatch): boolean {
    if (!elements.every(({ owner }) => owner.isFinishing)) return false;
    const inFlight = elements[0]?.owner.inFlight;
    // Without a timer, nothing else would make the batch leave.
    if (inFlight === undefined || timer === undefined) return true;
    return new Set(elements.map(({ owner }) => owner)).size >= inFlight.count;
  }

  private leave(batch: FormingBatch): void {
    if (batch.isLeaving) return;
    batch.isLeaving = true;
    this.own.enter(() => this.pool.enter(() => this.send(batch)));
  }

  private send(batch: FormingBatch): void {
    this.dissolve(batch);
    const [first] = batch.elements;
    const call = new AsyncCall(
      batch.elements,
      () => this.pool.leave(),
      (givenBack) => {
        this.onAnswered();
        this.own.leave();
        if (givenBack !== undefined) this.setAside(givenBack);
      },
    );
    if (first === undefined) {
      this.pool.leave();
      this.own.leave();
    } else {
      this.callsUnderWay++;
      call.run(first.owner.fn);
    }
    this.resumeWaiting();
  }

  private setAside({ elements, delayMs }: GivenBack): void {
    const aside: Aside = { elements: elements.filter(({ owner }) => owner.isLive), timer: undefined };
    if (aside.elements.length === 0) return;
    aside.timer = setTimeout(() => {
      this.aside.delete(aside);
      for (const element of aside.elements) void this.add(element);
      this.leaveIfComplete();
    }, delayMs);
    this.aside.add(aside);
  }

  private forget(owner: CallOwner): void {
    for (const aside of this.aside) {
      aside.elements = aside.elements.filter((element) => element.owner !== owner);
      if (aside.elements.length > 0) continue;
      clearTimeout(aside.timer);
      this.aside.delete(aside);
    }
  }

  private dissolve(batch: FormingBatch): void {
    clearTimeout(batch.timer);
    if (this.forming === batch) this.forming = undefined;
  }

  /**
   * Resumes waiting bundles in order, until one must wait again: a batch that leaves may have room for only a few of
   * them.
   */
  private resumeWaiting(): void {
    // Adding an element may make a batch leave, which calls this method again.
    if (this.isResuming) return;
    this.isResuming = true;
    for (let first = this.waiting[0]; first !== undefined && this.mayGoOn(first); first = this.waiting[0]) {
      this.waiting.shift();
      first.resolve();
    }
    this.isResuming = false;
  }

  private mayGoOn(waiter: Waiter): boolean {
    if (waiter.isAdded || !waiter.element.owner.isLive) return true;
    waiter.isAdded = this.tryAdd(waiter.element);
    return waiter.isAdded && !this.isFull();
  }
}
