import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below the range from which systems choose ports of outgoing connections (32768 or 49152 upwards). A chosen port is
 * used only seconds later; in this range another process rarely takes it meanwhile.
 */
const OWN_RANGE = { first: 10_000, end: 32_768 } as const;
const TRIES = 100;
/** Ports that this process was given: what they are for may listen only seconds later. */
const GIVEN = new Set<number>();

/** Resolves with true when this process can listen on the port of 127.0.0.1. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Returns the preferred port of 127.0.0.1 when it is free, another one otherwise. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let tried = 0; tried < TRIES; tried++) {
    const port = randomInt(OWN_RANGE.first, OWN_RANGE.end);
    if (GIVEN.has(port)) continue;
    GIVEN.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${TRIES} ports tried on 127.0.0.1 is free`);
}
