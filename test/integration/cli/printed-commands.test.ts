/**
 * Every command of npm in README, docs, help texts and sentences of the program, as it is printed: taken by the option
 * checks of the command itself, and, where its models are real, by a Bedrock that has in each region what AWS has
 * there.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { scripts } from "../../../package.json";
import { INFO as MSF, readLine } from "../../../runners/msf/context";
import { BeamError } from "../../../src/beam/error";
import { alerts } from "../../../src/cli/alerts";
import { deadLetters } from "../../../src/cli/dead-letters";
import { doctor } from "../../../src/cli/doctor/run";
import { evaluate } from "../../../src/cli/evaluate";
import { flinkJobs } from "../../../src/cli/flink";
import { indexVersion } from "../../../src/cli/index-version";
import { ledger } from "../../../src/cli/ledger";
import { readPageLine } from "../../../src/cli/page";
import { readPipelineOptions } from "../../../src/cli/pipeline-options";
import { renewDocuments } from "../../../src/cli/renew";
import { search } from "../../../src/cli/search";
import { send } from "../../../src/cli/send";
import { checkBedrock } from "../../../src/io/bedrock/check";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { jobOptions, type JobOptions, readOptions } from "../../../src/options";
import { HelpWanted, readCommandLine } from "../../../src/options/command-line";
import { DOCTOR, JOBS } from "../../../src/options/commands";
import { PROPERTY_TABLES, readProperties } from "../../../src/options/properties";
import { flagName } from "../../../src/options/spec";
import { OPTION_GROUPS } from "../../../src/options/table";
import {
  commandsIn,
  commandsOfDocs,
  commandsOfSentences,
  namedIn,
  type NamedCommand,
  type PrintedCommand,
} from "../../support/printed-commands";
import { command } from "../../support/processes/npm";
import { makeFolder, removeFolder } from "../../support/temporary-folder";

const silent = (): void => undefined;
/** Nothing listens there. */
const NOWHERE = "http://127.0.0.1:9";
const DOMAIN = /^https:\/\/search-.*\.es\.amazonaws\.com$/;
const PROPERTIES: readonly string[] = Object.values(PROPERTY_TABLES).flatMap((table) => Object.keys(table));
/** Commands of `npm run msf` that make or check a whole job. */
const WHOLE = ["plan", "deploy"];

const HELPED: Readonly<Record<string, () => unknown>> = {
  "npm start": () => readOptions(["--help"], {}),
  "npm run search": () => search(["--help"], {}, 80, silent),
  "npm run page": () => readPageLine(["--help"], {}),
  "npm run send": () => send(["--help"], {}),
  "npm run doctor": () => doctor(["--help"], {}, silent),
  "npm run index": () => indexVersion(["--help"], {}, silent),
  "npm run ledger": () => ledger(["--help"], {}, silent),
  "npm run evaluate": () => evaluate(["--help"], {}, 80, silent),
  "npm run renew": () => renewDocuments(["--help"], {}, silent),
  "npm run dead-letters": () => deadLetters(["--help"], {}, 80, silent),
  "npm run alerts": () => alerts(["--help"], {}, 80, silent),
  "npm run flink": () => flinkJobs(["--help"], {}),
  "npm run pipeline": () => readPipelineOptions(["--help"], {}),
  "npm run msf": () => readLine(["--help"], {}),
};

const EXAMPLES = path.resolve(__dirname, "../../../docs/examples");

function exampleFor(word: string): string {
  if (word.endsWith(".jsonl")) return path.join(EXAMPLES, "labelled.jsonl");
  return word.endsWith(".json") ? path.join(EXAMPLES, "retail.json") : word;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function helpOf(read: () => unknown): Promise<string> {
  try {
    await read();
  } catch (error) {
    if (error instanceof HelpWanted) return error.help;
    throw error;
  }
  throw new Error("there is no help");
}

describe("commands as printed", function () {
  this.timeout(60_000);
  let bedrock: LocalBedrock;
  let folder: string;
  /** A domain without an index, that cannot search: a question's text is embedded by what the options say. */
  const empty = createServer(({ url = "" }, response) =>
    response.writeHead(url.includes("/_mapping") ? 404 : 503).end("{}"),
  );
  const variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
  const before_ = variables.map((name) => [name, process.env[name]] as const);

  before(async () => {
    bedrock = await startLocalBedrock(0, { byRegion: true });
    folder = makeFolder("printed");
    empty.listen(0, "127.0.0.1");
    await once(empty, "listening");
    for (const name of variables) process.env[name] = "local";
  });

  after(async () => {
    for (const [name, value] of before_) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await bedrock.close();
    empty.close();
    await removeFolder(folder);
  });

  /** Resolves when the command would get as far as its services, of which there are none. */
  async function reachesServices(run: Promise<unknown>): Promise<void> {
    const error = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert(error instanceof BeamError, String(error));
    assert(["LOCAL_SERVICE", "SERVICE_UNREACHABLE"].includes(error.code), `${error.code}: ${error.message}`);
  }

  async function modelsAreThere(options: JobOptions): Promise<void> {
    if (options.embedded.bedrock) return;
    const endpoints = { ...options.endpoints, bedrock: bedrock.url };
    await checkBedrock(options.pipelineSettings({ opensearch: NOWHERE, ...endpoints }, Date.now()));
  }

  /** Checks a command of the managed service by the job that it would make. */
  async function checkMsf(args: readonly string[]): Promise<void> {
    const { texts, operands } = readLine(args, {});
    const [action = ""] = operands;
    assert(MSF.operand.split("|").includes(action), action);
    if (!WHOLE.includes(action) || texts["template"] !== undefined || texts["stream"] === undefined) return;
    const given = Object.entries(texts).filter(([key]) => PROPERTIES.includes(key));
    const properties = Object.fromEntries(given.map(([key, text]) => [flagName(key), text]));
    await modelsAreThere(readProperties({ "opensearch-endpoint": NOWHERE, auth: "sigv4", ...properties }));
  }

  const CHECKS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
    async start(args) {
      if (args.includes("--help")) return;
      await modelsAreThere(readOptions(args, {}));
    },
    async doctor(args) {
      const line = readCommandLine({ Doctor: DOCTOR, ...OPTION_GROUPS }, { usage: "", says: "" }, args, {});
      await modelsAreThere(jobOptions(line, {}, Date.now()));
    },
    search: (args) =>
      reachesServices(
        search([...elsewhere(args, addressOf(empty)), "--bedrock-endpoint", bedrock.url], {}, 80, silent),
      ),
    async page(args) {
      readPageLine(args, {});
    },
    send: (args) => reachesServices(send(elsewhere(args), {})),
    index: (args) => reachesServices(indexVersion(elsewhere(args), {}, silent)),
    ledger: (args) => reachesServices(ledger(elsewhere(args), {}, silent)),
    renew: (args) =>
      reachesServices(
        renewDocuments([...elsewhere(withExamples(args)), "--bedrock-endpoint", bedrock.url], {}, silent),
      ),
    async evaluate(args) {
      await evaluate([...elsewhere(withExamples(args)), "--bedrock-endpoint", bedrock.url], {}, 80, silent);
    },
    alerts: (args) => reachesServices(alerts(elsewhere(args), {}, 80, silent)),
    "dead-letters": (args) => reachesServices(deadLetters(elsewhere(args), {}, 80, silent)),
    async flink(args) {
      // Only read, since a Flink may run on this machine.
      const { operands } = readCommandLine({ Options: JOBS }, { usage: "", says: "", operand: "x" }, args, {});
      assert.match(operands[0] ?? "list", /^(list|stop|savepoint|cancel)$/);
    },
    async pipeline(args) {
      if (!args.some((word) => word.endsWith(".ts"))) return;
      readPipelineOptions(args, {});
    },
    msf: checkMsf,
  };

  /** The same, with files of docs/examples in place of a user's own. */
  function withExamples(args: readonly string[]): string[] {
    const lists = args.map((word) => word.split(",").map(exampleFor).join(","));
    return lists.map((word) => [...new Set(word.split(","))].join(","));
  }

  /** The same, with a folder where nothing runs, and a domain that does not answer. */
  function elsewhere(args: readonly string[], domain = NOWHERE): string[] {
    return [...args.map((word) => (DOMAIN.test(word) ? domain : word)), "--data-dir", folder];
  }

  async function check({ where, text, script, args }: PrintedCommand): Promise<void> {
    assert(Object.hasOwn(scripts, script), `${where}: there is no script for "${text}"`);
    // Without options it is the name of a command, as in "`npm run search` finds".
    if (args.length === 0 && script !== "start") return;
    try {
      await CHECKS[script]?.(args);
    } catch (error) {
      throw new Error(`${where}: ${text}`, { cause: error });
    }
  }

  it("in README and docs work in the region that they name", async () => {
    const commands = commandsOfDocs();
    assert(commands.length > 60, `${commands.length} commands`);
    assert(new Set(commands.map(({ script }) => script)).size > 8);
    for (const command of commands) await check(command);
  });

  for (const [command, read] of Object.entries(HELPED)) {
    it(`in the help of ${command} work in the region that they name`, async () => {
      for (const printed of commandsIn(await helpOf(read), `${command} --help`)) await check(printed);
    });
  }

  /** Help texts of commands that have no row above. */
  const asked = new Map<string, string>();

  /** All that a script says of its options: its help, or the source of one that has none. */
  async function wordsOf(script: string, line: string): Promise<string> {
    const read = HELPED[script === "start" ? "npm start" : `npm run ${script}`];
    if (read !== undefined) return helpOf(read);
    const source = line.split(" ").findLast((word) => word.endsWith(".ts")) ?? "";
    if (source !== "src/main.ts") return readFileSync(path.resolve(__dirname, "../../..", source), "utf8");
    const help = asked.get(script) ?? (await command([script, "--help"]).ended).stdout;
    asked.set(script, help);
    return help;
  }

  /** Refuses scripts, subcommands and options that the command's help, or a script without one, does not have. */
  async function checkNames({ where, text, script, operand, flags }: NamedCommand): Promise<void> {
    const known = scripts as Readonly<Record<string, string>>;
    assert(Object.hasOwn(known, script), `${where}: there is no script for "${text}"`);
    const words = await wordsOf(script, known[script] ?? "");
    for (const word of [...(operand === undefined ? [] : [operand]), ...flags]) {
      assert.match(words, new RegExp(`(?<![\\w-])${word}(?![\\w-])`), `${where}: "${text}": there is no ${word}`);
    }
  }

  it("in sentences of the program have names that there are", async () => {
    const commands = commandsOfSentences();
    assert(commands.length > 40, `${commands.length} commands`);
    for (const command of commands) await checkNames(command);
  });

  it("of scripts that have no help here have options that there are", async () => {
    const commands = commandsOfDocs().filter(({ script, args }) => CHECKS[script] === undefined && args.length > 0);
    assert(commands.length > 4, `${commands.length} commands`);
    for (const { where, text, script, args } of commands) {
      await checkNames({
        where,
        text,
        script,
        operand: undefined,
        flags: args.filter((word) => word.startsWith("--")),
      });
    }
  });

  it("in sentences are seen by this test, with what is wrong with them", async () => {
    const wrong = ["run npm run nothing.", "`npm run msf -- undeploy ends it`", "npm run ledger -- rebuild --indx x."];
    for (const sentence of wrong) {
      const [command] = namedIn(sentence, "here");
      await assert.rejects(checkNames(command!), sentence);
    }
  });

  it("are seen by this test, with what is wrong with them", async () => {
    const wrong = [
      "npm start -- --no-local --stream chat --region eu-west-1 \\\n  --opensearch-endpoint https://search-x.eu-west-1.es.amazonaws.com --auth sigv4",
      "npm start -- --stram chat",
      "npm run msf -- deploy --stream chat --region eu-west-1",
      'npm run search -- "x" --no-local --region eu-west-1 --auth sigv4 --opensearch-endpoint https://search-x.es.amazonaws.com',
      "npm run nothing",
    ];
    for (const text of wrong) {
      const [command] = commandsIn(text, "here");
      await assert.rejects(check(command!), text);
    }
  });
});
