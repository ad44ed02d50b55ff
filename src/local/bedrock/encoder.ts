/**
 * A small sentence encoder: Universal Sentence Encoder Lite, in a thread of its own so that the server stays quick.
 *
 * 1. One call is under way at a time; what comes meanwhile goes together into the next.
 * 2. It was made for English. It knows something of other languages in Latin letters, and nothing of other scripts, of
 *    which all texts would be near to one another: those have no vector.
 */
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { FromThread } from "./encoder-thread";

/** Numbers in a vector. */
export const ENCODER_DIMENSIONS = 512;
/** Texts of one call: more would let a question wait for long. */
const MAX_TEXTS = 16;
/** The encoder's time grows with the text; a summary is shorter than this. */
const MAX_CHARACTERS = 600;
const ENDED = "The encoder has ended.";

export interface Encoder {
  /** The vector of the text's beginning, of length 1; undefined for a text that is not in Latin letters. */
  encode(text: string): Promise<readonly number[] | undefined>;
  close(): Promise<void>;
}

interface Waiting {
  readonly text: string;
  readonly resolve: (vector: readonly number[]) => void;
  readonly reject: (error: Error) => void;
}

/** Resolves once the weights are loaded, in about a second. */
export async function startEncoder(): Promise<Encoder> {
  const worker = new Worker(path.join(__dirname, "encoder-thread.ts"), {
    execArgv: ["-r", "ts-node/register/transpile-only"],
    // The library prints greetings.
    stdout: true,
    stderr: true,
  });
  const thread = new EncoderThread(worker);
  await thread.ready;
  return {
    encode: async (text) => (isLatin(text) ? thread.encode(text.slice(0, MAX_CHARACTERS).toWellFormed()) : undefined),
    async close() {
      await worker.terminate();
    },
  };
}

class EncoderThread {
  readonly ready: Promise<void>;
  private readonly queue: Waiting[] = [];
  private underWay: readonly Waiting[] = [];
  private failure: Error | undefined;

  constructor(private readonly worker: Worker) {
    this.ready = new Promise((resolve, reject) => {
      worker.on("message", (message: FromThread) => {
        if ("ready" in message) resolve();
        else this.settle(message);
      });
      const end = (error: Error): void => {
        reject(error);
        this.fail(error);
      };
      worker.once("error", end);
      worker.once("exit", () => end(new Error(ENDED)));
    });
  }

  encode(text: string): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      this.queue.push({ text, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.underWay.length > 0 || this.queue.length === 0) return;
    this.underWay = this.queue.splice(0, MAX_TEXTS);
    this.worker.postMessage(this.underWay.map(({ text }) => text));
  }

  private settle(message: Exclude<FromThread, { readonly ready: true }>): void {
    for (const [place, { resolve, reject }] of this.underWay.entries()) {
      if ("error" in message) reject(new Error(`The encoder failed: ${message.error}.`));
      else resolve(message.vectors[place] ?? []);
    }
    this.underWay = [];
    this.next();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of [...this.underWay, ...this.queue.splice(0)]) reject(this.failure);
    this.underWay = [];
  }
}

/** True when most letters are Latin ones. */
function isLatin(text: string): boolean {
  const letters = text.slice(0, MAX_CHARACTERS).match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length;
  return letters.length > 0 && latin * 2 > letters.length;
}
