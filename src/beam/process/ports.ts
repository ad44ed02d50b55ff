import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Systems give outgoing connections their ports from 32768 or 49152 on. What is chosen below is taken only seconds later,
 * and until then nobody comes upon the same one but by a rare chance.
 */
const OWN_RANGE = { first: 10_000, end: 32_768 } as const;
const TRIES = 100;

/** Whether this process may listen on the port of 127.0.0.1 now. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** The preferred port of 127.0.0.1 when it is free, another one otherwise. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let tried = 0; tried < TRIES; tried++) {
    const port = randomInt(OWN_RANGE.first, OWN_RANGE.end);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${TRIES} ports tried on 127.0.0.1 is free`);
}
