/** `npm run flink`: lists, watches and stops jobs on Flink while they run. */
import path from "node:path";
import { ENDED_STATES, type FlinkJobSummary, FlinkRest, restTokenOf } from "../beam/flink";
import { JobError } from "../chat/errors";
import { readCommandLine, typed } from "../options/command-line";
import { JOBS } from "../options/commands";
import { safeJson, safeText } from "./terminal/safe-text";

const INFO = {
  usage: "npm run flink --",
  says: "Lists, stops and cancels jobs on Flink.",
  operand: "list|stop|savepoint|cancel [job]",
  after: [
    "list                the jobs that Flink knows",
    "stop [job]          takes a savepoint, ends the job with it, and prints where it is",
    "savepoint [job]     takes a savepoint, prints where it is, and lets the job run on",
    "cancel [job]        ends the job; what is under way stays in its last checkpoint, if that is retained",
    "",
    "A job is named by its id; without one, the only job that runs is meant. Jobs are started by",
    "  npm start -- --no-local --stream <name> … --runner flink --flink-master <url> [--from-savepoint <path>]",
  ].join("\n"),
} as const;

const ACTIONS = ["list", "stop", "savepoint", "cancel"] as const;

/** Resolves with the text to print. Rejects with `JobError` or `HelpWanted`. */
export async function flinkJobs(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const line = readCommandLine({ Options: JOBS }, INFO, argv, environment);
  const { flinkMaster, savepointDir, dataDir, json } = typed(line, JOBS);
  const [given = "list", id, ...rest] = line.operands;
  const action = ACTIONS.find((each) => each === given);
  if (action === undefined) {
    const sentence = `"${given.slice(0, 60)}" is not known here: say list, stop, savepoint or cancel.`;
    throw new JobError("BAD_OPTION", sentence);
  }
  if (rest.length > 0 || (action === "list" && id !== undefined)) {
    throw new JobError("BAD_OPTION", `Too many words: ${INFO.operand}.`);
  }
  const token = await restTokenOf(flinkMaster, path.resolve(dataDir));
  const flink = new FlinkRest(flinkMaster, { patienceMs: 5_000, token });
  if (action === "list") return listText(await flink.jobs(), json);
  const job = id ?? (await onlyJob(flink));
  const where = savepointDir === undefined ? {} : { directory: savepointDir };
  if (action === "cancel") {
    await flink.cancel(job);
    return json ? safeJson({ job, cancelled: true }) : `Job ${job} is being cancelled.`;
  }
  const savepoint = action === "stop" ? await flink.stopWithSavepoint(job, where) : await flink.savepoint(job, where);
  if (json) return safeJson({ job, savepoint });
  return action === "stop" ? `${savepoint}\nGo on from there with --from-savepoint ${savepoint}` : savepoint;
}

/** Returns the id of the one running job. Rejects with FLINK unless exactly one runs. */
async function onlyJob(rest: FlinkRest): Promise<string> {
  const running = (await rest.jobs()).filter(({ state }) => !ENDED_STATES.has(state));
  const [job] = running;
  if (job === undefined) throw new JobError("FLINK", `No job runs on Flink at ${rest.url}.`);
  if (running.length > 1) {
    throw new JobError("FLINK", `${running.length} jobs run on Flink at ${rest.url}: name one; list shows their ids.`);
  }
  return job.jid;
}

function listText(jobs: readonly FlinkJobSummary[], json: boolean): string {
  const newestFirst = [...jobs].sort((one, other) => other["start-time"] - one["start-time"]);
  if (json) {
    return safeJson(
      newestFirst.map(({ jid, name, state, "start-time": startMs }) => ({ job: jid, name, state, startMs })),
    );
  }
  if (jobs.length === 0) return "Flink knows no jobs.";
  return newestFirst
    .map(({ jid, name, state, "start-time": startMs }) => {
      const started = new Date(startMs).toISOString().slice(0, 19).replace("T", " ");
      return `${jid}  ${state.padEnd(10)}  ${started}  ${safeText(name)}`;
    })
    .join("\n");
}
