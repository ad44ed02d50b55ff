/** One pipeline under test: its folder, its sources and collectors, and its run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PipelineRun, Runner } from "../../runner";
import { protoOf } from "../../pipeline-proto";
import { impulse, type PCollection, type Root, withName } from "../../sdk";
import { collect } from "../fns/collect";
import { emitRecords, type TimedRecord } from "../fns/records";
import { type Script, scriptedSource, type Step } from "../fns/scripted-source";
import { type Collected, readLines } from "./collected";

export class Job {
  private readonly directory = mkdtempSync(join(tmpdir(), "beam-conformance-"));
  private readonly runs: PipelineRun[] = [];

  constructor(
    private readonly runner: Runner,
    private readonly deadlineMs: number,
  ) {}

  /** Returns a folder of this job for data that DoFns must share across processes. */
  folder(name: string): string {
    return join(this.directory, name);
  }

  /** Writes `collection` to the folder `name`. */
  collect(collection: PCollection<unknown>, name: string): void {
    collection.apply(withName(`collect ${name}`, collect({ directory: this.folder(name) })));
  }

  collected<T = unknown>(name: string): Collected<T>[] {
    return readLines<Collected<T>>(this.folder(name));
  }

  /** Makes a bounded collection of timestamped elements. */
  records<T>(root: Root, name: string, records: readonly TimedRecord<T>[]): PCollection<T> {
    const start = root.apply(withName(`impulse of ${name}`, impulse()));
    return start.apply(withName(name, emitRecords<T>({ records }))).main;
  }

  /** Makes an unbounded collection that plays `steps`. */
  script<T>(root: Root, name: string, steps: readonly Step<T>[]): PCollection<T> {
    return this.scripts(root, name, [{ name, steps }]);
  }

  /** Works like `script`, with one restriction for each of several scripts. The slowest holds the watermark. */
  scripts<T>(root: Root, name: string, scripts: readonly Script<T>[]): PCollection<T> {
    const elements = this.records<Script<T>>(
      root,
      `scripts of ${name}`,
      scripts.map((value) => ({ value, atMs: 0 })),
    );
    return elements.apply(withName(name, scriptedSource<T>())).main;
  }

  async start(build: (root: Root) => void | Promise<void>): Promise<PipelineRun> {
    const run = await this.runner.run(await protoOf(build));
    this.runs.push(run);
    run.finished.catch(() => undefined);
    return run;
  }

  /** Runs to the end. Rejects when the run does. */
  async run(build: (root: Root) => void): Promise<PipelineRun> {
    const run = await this.start(build);
    await run.finished;
    return run;
  }

  /** Runs to the end, which must be a failure. Resolves with its error. */
  async runFailing(build: (root: Root) => void): Promise<Error> {
    try {
      await this.run(build);
    } catch (error) {
      if (error instanceof Error) return error;
      throw new Error("the run failed with something that is not an Error", { cause: error });
    }
    throw new Error("the run should have failed, but it finished");
  }

  /** Resolves when `condition` holds. Rejects with an error that names `what` when it does not in time. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const endMs = Date.now() + this.deadlineMs;
    while (!condition()) {
      if (Date.now() > endMs) throw new Error(`waited ${this.deadlineMs} ms in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Cancels running pipelines and removes the folder. */
  async close(): Promise<void> {
    for (const run of this.runs) await run.cancel().catch(() => undefined);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
