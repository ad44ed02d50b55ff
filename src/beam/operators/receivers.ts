import type { WindowedValue } from "../values";
import type { Operator, Processed, Receiver } from "./contract";
import { Waits } from "./waits";

/** Counts a PCollection's elements and passes each to all consumers. */
export class PCollectionReceiver implements Receiver {
  private readonly consumers: Receiver[] = [];
  private only: Receiver | undefined;
  private count = 0;

  /** `through` transforms each element's value before it is passed on. */
  constructor(private readonly through?: (value: unknown) => unknown) {}

  add(consumer: Receiver): void {
    this.consumers.push(consumer);
    this.only = this.consumers.length === 1 ? consumer : undefined;
  }

  receive(element: WindowedValue<unknown>): Processed {
    this.count++;
    if (this.through !== undefined) return this.fanOut({ ...element, value: this.through(element.value) });
    return this.only === undefined ? this.fanOut(element) : this.only.receive(element);
  }

  /** Returns the number of elements since the last `takeCount`. */
  peekCount(): number {
    return this.count;
  }

  takeCount(): number {
    const { count } = this;
    this.count = 0;
    return count;
  }

  private fanOut(element: WindowedValue<unknown>): Processed {
    const waits = new Waits();
    for (const consumer of this.consumers) waits.add(consumer.receive(element));
    return waits.take();
  }
}

/** Feeds one operator. Its errors and rejections go through `onError`, which names the stage. */
export class OperatorReceiver implements Receiver {
  private readonly rethrow = (error: unknown): never => {
    throw this.onError(error);
  };

  constructor(
    private readonly operator: Operator,
    private readonly onError: (error: unknown) => Error,
  ) {}

  receive(element: WindowedValue<unknown>): Processed {
    let processed: Processed;
    try {
      processed = this.operator.process(element);
    } catch (error) {
      throw this.onError(error);
    }
    return processed === undefined ? undefined : processed.catch(this.rethrow);
  }
}
