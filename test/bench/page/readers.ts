/** Ten people who read the page of a job, each at a person's pace. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, randomFrom } from "../../../src/local/random";
import type { SearchAnswer } from "../../../src/page/contract";
import { question } from "./questions";
import { type Reader, reader } from "./reader";

export const READERS = 10;
/** A person looks at what was found for so long. */
const LOOK_MS = 5_000;

interface Readers {
  /** Lets them go, and resolves with what they did. Rejects when the page refused something. */
  leave(): Promise<Reading>;
}

export interface Reading {
  /** The time of each step, which waits for two requests at most. */
  readonly stepsMs: readonly number[];
  /** Bytes of events that the page sent by itself. */
  readonly liveBytes: number;
}

/** Each watches what is live; and asks, turns the page, loads it anew and opens a session, again and again. */
export function comeIn(link: string, seed: number): Readers {
  const left = new AbortController();
  const stepsMs: number[] = [];
  let liveBytes = 0;
  const reading = Promise.all(Array.from({ length: READERS }, (_, number) => read(number)));
  // A refusal is told when they leave.
  reading.catch(() => undefined);

  async function read(number: number): Promise<void> {
    await look((LOOK_MS / READERS) * number);
    if (left.signal.aborted) return;
    try {
      const own = await reader(link);
      const watching = own.watch("/api/live", left.signal).then((bytes) => (liveBytes += bytes));
      await explore(own, randomFrom(seed * READERS + number)).finally(() => watching);
    } catch (error) {
      // The page ends with its job, whatever is asked.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async function explore({ ask }: Reader, random: Random): Promise<void> {
    const step = async (...addresses: readonly string[]): Promise<readonly unknown[]> => {
      const startMs = performance.now();
      const answers = await Promise.all(addresses.map(ask));
      stepsMs.push(performance.now() - startMs);
      await look(LOOK_MS);
      return answers;
    };
    while (!left.signal.aborted) {
      const q = new URLSearchParams({ q: question(random) }).toString();
      const whole = [`/api/search?${q}`, `/api/facets?${q}`];
      await step(...whole);
      if (!left.signal.aborted) await step(`/api/search?${q}&offset=20`);
      if (left.signal.aborted) return;
      const [found] = (await step(...whole)) as readonly [SearchAnswer];
      const [first] = found.hits;
      if (first !== undefined && !left.signal.aborted) await step(`/api/sessions/${first.id}`);
    }
  }

  async function look(forMs: number): Promise<void> {
    await sleep(forMs, undefined, { signal: left.signal }).catch(() => undefined);
  }

  return {
    async leave() {
      left.abort();
      await reading;
      return { stepsMs, liveBytes };
    },
  };
}
