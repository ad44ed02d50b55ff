import { setTimeout as sleep } from "node:timers/promises";

const PAUSE_MS = 1_000;

/** Resolves with the number once two readings agree: a server may still carry out requests of a killed process. */
export async function settled(read: () => Promise<number>): Promise<number> {
  for (let before = await read(); ;) {
    await sleep(PAUSE_MS);
    const now = await read();
    if (now === before) return now;
    before = now;
  }
}
