import { UsageError } from "../error";
import { type Pane, type IntervalWindow } from "../values";
import { type TransformProto, deserializeFn } from "../sdk";
import { parDoPayload } from "../sdk/par-do";
import type { Processed, Receiver, StageEnvironment } from "./contract";

/** The receivers of a transform's outputs, by tag. */
export class OutputReceivers {
  private readonly byTag: ReadonlyMap<string, Receiver>;

  constructor(transform: TransformProto, environment: StageEnvironment) {
    this.byTag = new Map(
      Object.entries(transform.outputs).map(([tag, id]) => [tag, environment.receiverOf(id)] as const),
    );
  }

  get tags(): readonly string[] {
    return [...this.byTag.keys()];
  }

  emit(tag: string, value: unknown, timestampMs: number, windows: readonly IntervalWindow[], pane: Pane): Processed {
    const receiver = this.byTag.get(tag);
    if (receiver === undefined) throw new UsageError(`It has no output "${tag}"${this.tagsText()}`);
    return receiver.receive({ value, timestampMs, windows, pane });
  }

  find(tag: string): Receiver | undefined {
    return this.byTag.get(tag);
  }

  private tagsText(): string {
    return this.tags.length === 0 ? "" : `, only ${this.tags.map((tag) => `"${tag}"`).join(", ")}`;
  }
}

/** Returns the receiver of a transform's only output. */
export function onlyOutput(transform: TransformProto, environment: StageEnvironment): Receiver {
  const [id, ...others] = Object.values(transform.outputs);
  if (id === undefined || others.length > 0) throw new Error(`${transform.uniqueName} must have exactly one output.`);
  return environment.receiverOf(id);
}

/** Decodes the object that the pipeline's author gave to a ParDo. */
export function deserializeDoFn<T>(transform: TransformProto): T {
  return deserializeFn(parDoPayload(transform).doFn?.payload ?? new Uint8Array()) as T;
}
