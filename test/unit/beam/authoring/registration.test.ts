import assert from "node:assert/strict";
import {
  type AsyncDoFn,
  asyncParDo,
  type Emit,
  impulse,
  type NoOutputs,
  P,
  registerForSerialization,
  Root,
  type TaggedDoFn,
  taggedParDo,
} from "../../../../src/beam";
import { Pipeline } from "../../../../src/beam/sdk";

class Known implements TaggedDoFn<Uint8Array, { main: number }> {
  process(_element: Uint8Array, emit: Emit<{ main: number }>): void {
    void emit("main", 1);
  }
}

class Unknown implements AsyncDoFn<Uint8Array, NoOutputs> {
  readonly pool = "unknown";
  readonly maxConcurrentCalls = 1;

  async process(): Promise<void> {}
}

registerForSerialization("test/registration", { Known });

describe("registration for serialization", () => {
  const start = () => P(new Root(new Pipeline()).apply(impulse()));

  it("is what lets a DoFn into a pipeline", () => {
    assert.doesNotThrow(() => start().apply(taggedParDo("known", new Known(), {} as never)));
    assert.throws(
      () => start().apply(asyncParDo("unknown", new Unknown(), {})),
      /Unknown is not registered: call registerForSerialization\("<module>", \{ Unknown \}\)/,
    );
  });

  it("is not inherited: a worker would make the parent", () => {
    class Child extends Known {}
    assert.throws(() => start().apply(taggedParDo("child", new Child(), {} as never)), /Child is not registered/);
  });

  it("may be repeated, but not under the name of another class", () => {
    registerForSerialization("test/registration", { Known });
    assert.throws(
      () => registerForSerialization("test/registration", { Known: Unknown }),
      /Two classes are registered as "test\/registration\.Known"/,
    );
  });
});
