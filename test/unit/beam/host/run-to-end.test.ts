import assert from "node:assert/strict";
import { JobError } from "../../../../src/chat/errors";
import { deferred } from "../../../../src/beam/deferred";
import { runToEnd } from "../../../../src/beam/host/run-to-end";
import type { PipelineRun } from "../../../../src/beam/runner";
import { isFatal } from "../../../support/chat/fatal";

const NEVER = new Promise<never>(() => undefined);
const REFUSED = new JobError("FLINK", "Flink refused: no folder.");

/** A run that ends when it is cancelled, or as `drain` says. */
function stage(drain: (end: () => void) => Promise<void>, failure: Promise<never> = NEVER) {
  const drained = new AbortController();
  const cancelled = new AbortController();
  const { promise: finished, resolve: end } = deferred();
  let cancels = 0;
  const run: PipelineRun = {
    finished,
    metrics: async () => [],
    drain: () => drain(end),
    cancel: async () => {
      cancels += 1;
      end();
    },
  };
  const signals = { drain: drained.signal, cancel: cancelled.signal };
  const ended = runToEnd(run, { signals, failure, onDrain: () => undefined });
  return {
    ended,
    stop: () => drained.abort(),
    cancel: () => cancelled.abort(),
    end: () => end(),
    cancels: () => cancels,
  };
}

describe("a run to its end", () => {
  it("ends with the run, and after a stop with the stop", async () => {
    const alone = stage(() => assert.fail("nobody stops it"));
    alone.end();
    await alone.ended;

    let isStopped = false;
    const stopped = stage(async (end) => {
      end();
      await new Promise((resolve) => setTimeout(resolve, 20));
      isStopped = true;
    });
    stopped.stop();
    await stopped.ended;
    assert.ok(isStopped, "what the stop leaves is not waited for");
    assert.equal(stopped.cancels(), 0);
  });

  it("fails when it cannot be stopped as wished, and leaves no job behind", async () => {
    const { ended, stop, cancels } = stage(async () => Promise.reject(REFUSED));
    stop();
    await assert.rejects(ended, isFatal("FLINK", /no folder/));
    assert.equal(cancels(), 1);
  });

  it("fails when the job ends with its stop, and the stop fails", async () => {
    const { ended, stop } = stage(async (end) => {
      end();
      throw REFUSED;
    });
    stop();
    await assert.rejects(ended, isFatal("FLINK", /no folder/));
  });

  it("ends at once when it is cancelled while it stops", async () => {
    const { ended, stop, cancel } = stage(() => NEVER);
    stop();
    cancel();
    await ended;
  });

  it("fails with what it needs", async () => {
    const { ended, cancels } = stage(() => NEVER, Promise.reject(REFUSED));
    await assert.rejects(ended, isFatal("FLINK", /no folder/));
    assert.equal(cancels(), 1);
  });
});
