import assert from "node:assert/strict";
import { BeamError } from "../../../src/beam/error";
import { HelpWanted, readOptions } from "../../../src/options";
import { deadLetters } from "../../../src/cli/dead-letters";
import { indexVersion } from "../../../src/cli/index-version";
import { ledger } from "../../../src/cli/ledger";
import { doctor } from "../../../src/cli/doctor/run";
import { flinkJobs } from "../../../src/cli/flink";
import { search } from "../../../src/cli/search";
import { send } from "../../../src/cli/send";

const silent = (): void => undefined;
type Environment = Readonly<Record<string, string>>;

const COMMANDS: Readonly<Record<string, (argv: string[], environment: Environment) => unknown>> = {
  start: readOptions,
  send,
  search: (argv, environment) => search(argv, environment, 80, silent),
  flink: flinkJobs,
  doctor: (argv, environment) => doctor(argv, environment, silent),
  index: (argv, environment) => indexVersion(argv, environment, silent),
  ledger: (argv, environment) => ledger(argv, environment, silent),
  "dead-letters": (argv, environment) => deadLetters(argv, environment, 80, silent),
};

async function errorOf(command: string, argv: string[], environment: Environment): Promise<unknown> {
  try {
    await COMMANDS[command]?.(argv, environment);
  } catch (error) {
    return error;
  }
  return assert.fail(`${command} took it`);
}

describe("environment variables", () => {
  for (const command of Object.keys(COMMANDS)) {
    it(`that are misspelt are refused by npm run ${command}, with the name that was meant`, async () => {
      const error = await errorOf(command, [], { CHAT_SESSIONS_SESION_GAP: "1m" });
      assert.ok(error instanceof BeamError && error.code === "BAD_OPTION");
      const meant = "did you mean CHAT_SESSIONS_SESSION_GAP?";
      assert.equal(error.message, `Unknown environment variable CHAT_SESSIONS_SESION_GAP: ${meant}`);
    });

    it(`that the help of npm run ${command} names are taken by every command`, async () => {
      const help = await errorOf(command, ["--help"], {});
      assert.ok(help instanceof HelpWanted);
      const names = help.help.match(/CHAT_SESSIONS_\w+/g) ?? [];
      assert.ok(names.length >= 3);
      // Any value will do: the help comes before values are checked, but after names are.
      const environment = Object.fromEntries(names.map((name) => [name, "1"]));
      for (const other of Object.keys(COMMANDS)) {
        assert.ok((await errorOf(other, ["--help"], environment)) instanceof HelpWanted, other);
      }
    });
  }

  it("that are like no other get no guess", async () => {
    const error = await errorOf("start", [], { CHAT_SESSIONS_COLOUR_OF_THE_SKY: "blue" });
    assert.ok(error instanceof BeamError);
    assert.match(error.message, /^Unknown environment variable CHAT_SESSIONS_COLOUR_OF_THE_SKY; --help lists/);
  });

  it("of the deployment are not the job's business, and empty ones nobody's", async () => {
    assert.ok(readOptions([], { CHAT_SESSIONS_MSF_KPUS: "4", CHAT_SESSIONS_NONSENSE: "" }));
  });
});
