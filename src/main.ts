/**
 * The commands: `npm start`, and its companions by their names. Each loads what it needs when it is called, since
 * loading is most of what a short one does.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- see above */
import type * as InProcess from "../runners/direct";
import type * as OnFlink from "../runners/flink";
import type * as Alerts from "./cli/alerts";
import type * as DeadLetters from "./cli/dead-letters";
import type * as Doctor from "./cli/doctor/run";
import type * as Erase from "./cli/erase";
import type * as Evaluate from "./cli/evaluate";
import type * as FlinkJobs from "./cli/flink";
import type * as IndexVersion from "./cli/index-version";
import type * as Ledger from "./cli/ledger";
import type * as Page from "./cli/page";
import type * as AnyPipeline from "./cli/pipeline";
import type * as Renew from "./cli/renew";
import type * as Retention from "./cli/retention";
import type * as Search from "./cli/search";
import type * as Send from "./cli/send";
import type * as Start from "./cli/start/run";
import type * as Options from "./options";
import { surviveLostOutput } from "./cli/terminal/output";
import { runTool } from "./cli/terminal/run-tool";
import { fitted } from "./cli/terminal/wrap";

interface Answer {
  /** Text for standard output. */
  readonly text: string;
  readonly exitCode?: number;
}

type Command = (argv: readonly string[], environment: NodeJS.ProcessEnv) => Promise<Answer>;

const { stdout, stderr } = process;
/** Some terminals report 0 when they do not know their width. */
const columnsOr = (fallback: number): number => stdout.columns || fallback;
const say = (line: string): void => void stderr.write(`${fitted(line, stderr)}\n`);

const start: Command = async (argv, environment) => {
  const { readOptions } = require("./options") as typeof Options;
  const options = readOptions(argv, environment);
  const { directTarget } = require("../runners/direct") as typeof InProcess;
  const { jobOnFlink } = require("../runners/flink") as typeof OnFlink;
  const { runJob } = require("./cli/start/run") as typeof Start;
  const target = options.flink === undefined ? directTarget(options) : jobOnFlink(options, options.flink);
  const exitCode = await runJob(options, target, {
    write: (text) => void stdout.write(text),
    isTTY: stdout.isTTY && options.progress,
    columns: columnsOr(80),
  });
  return { text: "", exitCode };
};

const COMPANIONS: Readonly<Record<string, Command>> = {
  async alerts(argv, environment) {
    const { alerts } = require("./cli/alerts") as typeof Alerts;
    return { text: `${await alerts(argv, environment, columnsOr(130), say)}\n` };
  },
  async "dead-letters"(argv, environment) {
    const { deadLetters } = require("./cli/dead-letters") as typeof DeadLetters;
    return { text: `${await deadLetters(argv, environment, columnsOr(130), say)}\n` };
  },
  async doctor(argv, environment) {
    const { doctor } = require("./cli/doctor/run") as typeof Doctor;
    return doctor(argv, environment, say);
  },
  async erase(argv, environment) {
    const { erase } = require("./cli/erase") as typeof Erase;
    const { text, exitCode } = await erase(argv, environment, say);
    return { text: `${text}\n`, exitCode };
  },
  async evaluate(argv, environment) {
    const { evaluate } = require("./cli/evaluate") as typeof Evaluate;
    return { text: `${await evaluate(argv, environment, columnsOr(120), say)}\n` };
  },
  async flink(argv, environment) {
    const { flinkJobs } = require("./cli/flink") as typeof FlinkJobs;
    return { text: `${await flinkJobs(argv, environment)}\n` };
  },
  async index(argv, environment) {
    const { indexVersion } = require("./cli/index-version") as typeof IndexVersion;
    return { text: `${await indexVersion(argv, environment, say)}\n` };
  },
  async ledger(argv, environment) {
    const { ledger } = require("./cli/ledger") as typeof Ledger;
    const { text, exitCode } = await ledger(argv, environment, say);
    return { text: `${text}\n`, exitCode };
  },
  async page(argv, environment) {
    const { page } = require("./cli/page") as typeof Page;
    return { text: await page(argv, environment, say) };
  },
  async pipeline(argv, environment) {
    const { pipeline } = require("./cli/pipeline") as typeof AnyPipeline;
    return pipeline(argv, environment, say);
  },
  async renew(argv, environment) {
    const { renewDocuments } = require("./cli/renew") as typeof Renew;
    return { text: `${await renewDocuments(argv, environment, say)}\n` };
  },
  async retention(argv, environment) {
    const { retention } = require("./cli/retention") as typeof Retention;
    return { text: `${await retention(argv, environment, say)}\n` };
  },
  async search(argv, environment) {
    const { search } = require("./cli/search") as typeof Search;
    return { text: `${await search(argv, environment, columnsOr(120), say)}\n` };
  },
  async send(argv, environment) {
    const { send } = require("./cli/send") as typeof Send;
    return { text: `${await send(argv, environment)}\n` };
  },
};

surviveLostOutput(process);

const [name = "", ...rest] = process.argv.slice(2);
const companion = Object.hasOwn(COMPANIONS, name) ? COMPANIONS[name] : undefined;

void runTool(
  async () => {
    const { text, exitCode = 0 } = await (companion?.(rest, process.env) ?? start(process.argv.slice(2), process.env));
    stdout.write(text);
    process.exitCode = exitCode;
  },
  { showsCauses: name === "pipeline", folderOption: "--data-dir" },
).then(() => {
  // Exits at once, because kept-alive sockets would hold the process for seconds.
  stdout.write("", () => process.exit());
});
