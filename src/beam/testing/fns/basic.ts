import { randomUUID } from "node:crypto";
import type { Emit, EmitWindowed, TaggedDoFn } from "../../authoring/do-fn";
import { registerForSerialization } from "../../sdk";
import type { IntervalWindow, KV } from "../../values";
import { LineFile } from "../support/line-file";

export interface LifecycleEvent {
  readonly instance: string;
  readonly call: "setup" | "startBundle" | "process" | "finishBundle";
}

/** Writes down every call that it gets, in order, and passes its elements on. */
export class LogLifecycle implements TaggedDoFn<number, { main: number }> {
  private file?: LineFile;
  private instance = "not set up";

  constructor(private readonly directory: string) {}

  setup(): void {
    this.file = new LineFile(this.directory);
    this.instance = randomUUID();
    this.log("setup");
  }

  startBundle(): void {
    this.log("startBundle");
  }

  process(value: number, emit: Emit<{ main: number }>): void {
    this.log("process");
    void emit("main", value);
  }

  finishBundle(): void {
    this.log("finishBundle");
  }

  private log(call: LifecycleEvent["call"]): void {
    const event: LifecycleEvent = { instance: this.instance, call };
    this.file?.append([event]);
  }
}

/** Holds its elements back until the bundle ends, then emits their number, with a time and window of its own choice. */
export class CountBundle implements TaggedDoFn<unknown, { main: number }> {
  private count = 0;

  constructor(
    private readonly timestampMs: number,
    private readonly window: IntervalWindow,
  ) {}

  startBundle(): void {
    this.count = 0;
  }

  process(): void {
    this.count += 1;
  }

  finishBundle(emit: EmitWindowed<{ main: number }>): void {
    if (this.count > 0) void emit("main", this.count, this.timestampMs, this.window);
  }
}

/** What is even, what is odd, and everything. */
export class Sort implements TaggedDoFn<number, { even: number; odd: string; all: number }> {
  process(value: number, emit: Emit<{ even: number; odd: string; all: number }>): void {
    if (value % 2 === 0) void emit("even", value);
    else void emit("odd", `odd ${value}`);
    void emit("all", value);
  }
}

/** The numbers from 0 up to each element. */
export class CountTo implements TaggedDoFn<number, { main: number }> {
  process(count: number, emit: Emit<{ main: number }>): void {
    for (let value = 0; value < count; value += 1) void emit("main", value);
  }
}

/** `count` values of one key, and one value of every other. */
export class HotKey implements TaggedDoFn<{ from: number; to: number }, { main: { key: string; value: number } }> {
  process({ from, to }: { from: number; to: number }, emit: Emit<{ main: { key: string; value: number } }>): void {
    for (let value = from; value < to; value += 1) {
      void emit("main", { key: "hot", value });
      void emit("main", { key: `cold ${value}`, value });
    }
  }
}

/** Under each element's key a text as long as its value says. */
export class Inflate implements TaggedDoFn<KV<string, number>, { main: KV<string, string> }> {
  process({ key, value: length }: KV<string, number>, emit: Emit<{ main: KV<string, string> }>): void {
    void emit("main", { key, value: "x".repeat(length) });
  }
}

registerForSerialization("conformance/basic", { LogLifecycle, CountBundle, Sort, CountTo, HotKey, Inflate });
