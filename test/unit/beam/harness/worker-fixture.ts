import { runWorker, type WorkerOptions } from "../../../../src/beam/harness/worker";
import { FakeRunner, type FakeRunnerOptions } from "./fake-runner";

/** A runner and a worker in this process, started by the test and stopped after it. */
export class WorkerFixture {
  runner!: FakeRunner;
  worker!: Promise<void>;

  async start(options: FakeRunnerOptions = {}, workerOptions: WorkerOptions = {}, token?: string): Promise<FakeRunner> {
    this.runner = await FakeRunner.start(options);
    this.worker = runWorker({ id: "worker-7", token, provisionEndpoint: this.runner.url }, workerOptions);
    this.worker.catch(() => undefined);
    return this.runner;
  }

  async stop(): Promise<void> {
    this.runner.endWorker();
    await this.worker.catch(() => undefined);
    this.runner.kill();
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Polls a condition that no event announces. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn();
}
