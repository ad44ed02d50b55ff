/**
 * Where elements leave a node.
 *
 * 1. An offered element is always taken; the one who offers must look at `hasRoom` and wait before the next.
 * 2. There is room when every consumer has room: as nodes form no cycle and the last of them write to no queue, someone
 *    downstream can always go on until there is room again.
 */
import type { Receiver } from "../operators/contract";
import type { WindowedValue } from "../values";

export interface Intake {
  offer(element: WindowedValue<unknown>): void;
  hasRoom(): boolean;
}

/** The scheduler, as producers of elements see it. */
export interface Pace {
  /** Throws when the run has ended, so that user code which is still running unwinds. */
  check(): void;
  /** A promise to wait for before going on, when consumers are full or others have waited for the thread long enough. */
  pause(outlet: Outlet): Promise<void> | undefined;
}

export class Outlet {
  private readonly intakes: readonly Intake[];

  constructor(
    /** By PCollection; an intake that an element reaches in two ways is there twice. */
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

  /** The receivers that operators write to, by PCollection. */
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
