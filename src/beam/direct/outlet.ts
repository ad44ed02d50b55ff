/**
 * Passes elements from a node to its consumers.
 *
 * 1. An offered element is always accepted. The producer must check `hasRoom` and wait before it offers the next one.
 * 2. There is room when every consumer has room. Nodes form no cycle, and the last nodes write to no queue, so some
 *    node downstream can always go on until there is room again.
 */
import type { Receiver } from "../operators/contract";
import type { WindowedValue } from "../values";

export interface Intake {
  offer(element: WindowedValue<unknown>): void;
  hasRoom(): boolean;
}

/** The scheduler as producers of elements see it. */
export interface Pace {
  /** Throws when the run has ended, so that user code that is still running unwinds. */
  check(): void;
  /**
   * Returns a promise to await before going on, when consumers are full or other work has waited for the thread long
   * enough.
   */
  pause(outlet: Outlet): Promise<void> | undefined;
}

export class Outlet {
  private readonly intakes: readonly Intake[];

  constructor(
    /** Consumers by PCollection. A consumer that an element reaches on two paths is listed twice. */
    private readonly consumers: ReadonlyMap<string, readonly Intake[]>,
    private readonly pace: Pace,
  ) {
    this.intakes = [...new Set([...consumers.values()].flat())];
  }

  hasRoom(): boolean {
    for (const intake of this.intakes) if (!intake.hasRoom()) return false;
    return true;
  }

  send(pcollectionId: string, element: WindowedValue<unknown>): void {
    for (const intake of this.consumers.get(pcollectionId) ?? []) intake.offer(element);
  }

  /** Returns the receivers that operators write to, by PCollection. */
  receivers(): ReadonlyMap<string, Receiver> {
    const receivers = new Map<string, Receiver>();
    for (const [id, intakes] of this.consumers) {
      if (intakes.length > 0) receivers.set(id, { receive: (element) => this.receive(intakes, element) });
    }
    return receivers;
  }

  private receive(intakes: readonly Intake[], element: WindowedValue<unknown>): Promise<void> | undefined {
    this.pace.check();
    for (const intake of intakes) intake.offer(element);
    return this.pace.pause(this);
  }
}
