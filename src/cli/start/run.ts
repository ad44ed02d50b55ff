import path from "node:path";
import { stderr } from "node:process";
import {
  checkTarget,
  goOnWords,
  type Host,
  type HostRun,
  listenForStop,
  once,
  openHost,
  runToEnd,
  STOP_WORDS,
  type StopSignals,
  unlessCancelled,
} from "../../beam/host";
import { protoOf } from "../../beam";
import type { Target } from "../../beam/target";
import { receiversOf } from "../../alerts";
import type { ReceiverName } from "../../chat/alerts/letters";
import { setLogLevel } from "../../log";
import type { JobOptions } from "../../options";
import { buildPipeline, type PipelineSettings } from "../../pipeline";
import { listInputs } from "../../io/files/check";
import type { ListedFile } from "../../io/files/settings";
import { JobReadings } from "../../telemetry/job-readings";
import type { Telemetry } from "../../telemetry/open";
import { accountText } from "./account";
import { readBlocks, watchBlocks } from "./block-watch";
import { checkAll } from "./checks";
import { watchDisk } from "./disk-watch";
import { openJobServices } from "./embedded";
import { refuseLosses } from "./losses";
import { openPage, withLinks } from "./page";
import type { ServedPage } from "../../page/serve";
import { Progress, type Screen } from "./progress";
import { factsOf, telemetryOf } from "./telemetry";
import { counted } from "../terminal/safe-text";
import { sayWhereTextMayGo } from "../text-notice";
import { type Totals, totalsOf } from "./totals";
import { showEnd, watch } from "./watch";

const JOB_NAME = "chat-sessions";
const WORKER = path.resolve(__dirname, "../../worker.ts");

/**
 * Runs a job from its start to its end: services, checks, pipeline, progress, and the account, which comes last
 * on standard output. Resolves with the exit code.
 */
export async function runJob(options: JobOptions, target: Target, screen: Screen): Promise<number> {
  setLogLevel(options.logLevel);
  await checkTarget(target);
  const signals = listenForStop();
  try {
    return (await unlessCancelled(runWith(options, target, screen, signals), signals.cancel)) ?? 130;
  } finally {
    signals.release();
  }
}

async function runWith(options: JobOptions, target: Target, screen: Screen, signals: StopSignals): Promise<number> {
  const progress = new Progress(screen);
  const say = (line: string): void => {
    if (options.progress) progress.say(line);
  };
  const files = await listed(options, say);
  const telemetry = await telemetryOf(options, say);
  const isStarted = new AbortController();
  void once(signals.drain).then(() => {
    if (!isStarted.signal.aborted) say("Stopping as soon as what is starting has started; Ctrl-C again ends at once.");
  });
  const services = await Promise.race([openJobServices(options, say), once(signals.cancel)]);
  // A second Ctrl-C means that the user does not want to wait for a start; everything started ends with this process.
  if (services === undefined) return 130;
  let result: Result | undefined;
  let host: Host | undefined;
  let page: ServedPage | undefined;
  const readings = new JobReadings();
  const ended = new AbortController();
  const warn = (line: string): void => (options.progress ? say(line) : void stderr.write(`${line}\n`));
  const keepsData = options.flink !== undefined || Object.values(options.embedded).includes(true);
  if (keepsData) void watchDisk({ folder: options.local.dataDirectory, say: warn, ended: ended.signal });
  try {
    if (signals.drain.aborted) return 0;
    const given = options.pipelineSettings(services.endpoints, Date.now(), files);
    sayWhereTextMayGo([given.summarise], warn);
    const settings = await Promise.race([services.failure, checkAll(given), once(signals.drain)]);
    if (settings === undefined || signals.drain.aborted) return 0;
    host = await Promise.race([services.failure, openHost(target, say)]);
    page = await openPage(options, settings, readings, target);
    if (page !== undefined) warn(`  Page        ${page.link}`);
    if (signals.drain.aborted) return 0;
    isStarted.abort();
    void watchBlocks({ blocks: () => readBlocks(settings.openSearch), say: warn, ended: ended.signal });
    const linked = withLinks(settings, page, target);
    result = await process(options, linked, signals, host, services.failure, progress, [readings, telemetry]);
  } finally {
    ended.abort();
    progress.clear();
    await page?.close().catch(() => undefined);
    // Before the host, which is asked for the last figures.
    await telemetry?.close();
    await host?.close();
    await services.stop();
  }
  const { totals, savepoint, job, hasLeft, onStop } = result;
  const stopped = {
    ...(job === undefined ? {} : { job }),
    ...(hasLeft ? { detached: true } : signals.drain.aborted ? { stopped: true } : {}),
    ...(savepoint === undefined ? {} : { savepoint }),
  };
  screen.write(accountText({ ...totals, ...stopped }, screen));
  if (signals.cancel.aborted) return 130;
  // A job that ends otherwise than with its source or by draining leaves messages under way, which are missing from the
  // account.
  if (onStop === "drain" || (options.bounded && !signals.drain.aborted && !hasLeft)) {
    refuseLosses(totals, result.receivers);
  }
  return 0;
}

/** The files of the input, which is refused before anything starts when there are none. */
async function listed({ input }: JobOptions, say: (line: string) => void): Promise<readonly ListedFile[]> {
  if (input === undefined) return [];
  const files = await listInputs(input.addresses, input.s3);
  const kibibytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1_024;
  const size = kibibytes < 10_000 ? `${Math.ceil(kibibytes)} KiB` : `${Math.round(kibibytes / 1_024)} MiB`;
  say(`Reading ${counted(files.length, "file")}, ${size}.`);
  return files;
}

interface Result {
  readonly totals: Totals;
  readonly savepoint: string | undefined;
  readonly job: string | undefined;
  readonly hasLeft: boolean;
  readonly onStop: HostRun["onStop"];
  /** Receivers of alerts beside their log. */
  readonly receivers: readonly ReceiverName[];
}

/** Runs the pipeline to its end and shows its progress. */
async function process(
  options: JobOptions,
  settings: PipelineSettings,
  signals: StopSignals,
  host: Host,
  servicesFailure: Promise<never>,
  progress: Progress,
  followers: readonly (Pick<Telemetry, "follow"> | undefined)[],
): Promise<Result> {
  const run = await host.run({
    name: JOB_NAME,
    pipeline: await protoOf((root) => buildPipeline(root, settings)),
    worker: { entry: WORKER },
    workerEnvironment: { CHAT_SESSIONS_LOG_LEVEL: options.logLevel },
  });
  for (const follower of followers) follower?.follow(run, factsOf(settings));
  const failure = Promise.race([servicesFailure, run.failure]);
  failure.catch(() => undefined);
  const ended = new AbortController();
  const receiver = options.embedded.receiver ? settings.alerts.webhook?.url : undefined;
  const watching = options.progress
    ? watch(run, options, settings, progress, receiver, ended.signal)
    : Promise.resolve();
  // Awaited at the end only.
  watching.catch(() => undefined);
  const onDrain = (): void => {
    if (options.progress) progress.say(STOP_WORDS[run.onStop]);
  };
  try {
    await runToEnd(run, { signals, failure, onDrain });
  } finally {
    ended.abort();
    await watching;
  }
  const savepoint = run.savepoint?.();
  // Printed first, because the account may fail.
  if (savepoint !== undefined && options.progress)
    progress.say(goOnWords(savepoint, `npm start -- --runner flink --from-savepoint ${savepoint}`));
  const totals = totalsOf(await run.metrics());
  if (!signals.cancel.aborted) await showEnd(options, settings, totals, progress);
  const receivers = receiversOf(settings.alerts);
  return { totals, savepoint, job: run.jobId, hasLeft: run.hasLeft?.() ?? false, onStop: run.onStop, receivers };
}
