/** Runs the job on a whole random chat, for tests. */
import { sendChat, type SentShape } from "./send-chat";
import type { SentMessage } from "./sent";
import { type TestServices, startServices } from "../services";

export const DISORDER_MS = 30_000;
export const ONCE: readonly string[] = [...["--once", "--allowed-disorder", `${DISORDER_MS}ms`, "--concurrency", "64"]];

export interface ChatJobs {
  readonly services: () => TestServices;
  readonly send: (
    stream: string,
    seed: number,
    users: number,
    shape?: Partial<SentShape>,
  ) => Promise<readonly SentMessage[]>;
}

/** Starts services of their own for the tests of the suite around it. */
export function chatJobs(): ChatJobs {
  let running: TestServices | undefined;
  before(async () => {
    running = await startServices();
  });
  after(() => running?.stop());
  const services = (): TestServices => {
    if (running === undefined) throw new Error("the services are not there yet");
    return running;
  };
  return {
    services,
    send: (stream, seed, users, shape = {}) =>
      sendChat(services().kinesis, stream, seed, { users, disorderMs: DISORDER_MS, ...shape }),
  };
}
