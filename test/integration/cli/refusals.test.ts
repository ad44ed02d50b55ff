/**
 * Each refusal of AWS that the stand-in plays by its name, met by the commands in this process: what is told, and how
 * to mend it.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { directTarget } from "../../../runners/direct";
import { doctor } from "../../../src/cli/doctor/run";
import { pipeline } from "../../../src/cli/pipeline";
import { runJob } from "../../../src/cli/start/run";
import type { FatalCode } from "../../../src/chat/errors";
import { REFUSAL_NAMES, type RefusalName } from "../../../src/local/bedrock/refusals";
import { type LocalBedrock, startLocalBedrock } from "../../../src/local/bedrock/server";
import { type RunningOpenSearch, startOpenSearch } from "../../../src/local/opensearch/launch";
import { readOptions } from "../../../src/options";
import { isFatal } from "../../support/chat/fatal";
import { startKinesis, type TestKinesis } from "../../support/kinesis/server";
import { temporaryFolder } from "../../support/temporary-folder";

const STREAM = "refusing";
const DESCRIBE_ONE = path.resolve(__dirname, "../../support/pipelines/describe-one.ts");
/** Nothing listens there. */
const NOWHERE = "http://127.0.0.1:9";
const silent = (): void => undefined;

interface Expected {
  /** The sentence's cure. */
  readonly cure: RegExp;
  /** Code that a start ends with; undefined for a refusal that a start lets pass, since the model is there. */
  readonly start: FatalCode | undefined;
  /** A running pipeline ends with the same sentence, or waits and makes no dead letter. */
  readonly running: "ends" | "waits";
}

const refused = (cure: RegExp, running: Expected["running"]): Expected => ({ cure, start: "ACCESS_DENIED", running });

const EXPECTED: Readonly<Record<RefusalName, Expected>> = {
  useCaseForm: refused(/use-case form .* fill it in once .* AWS says: "Model use case details/, "waits"),
  useCaseFormInvalid: refused(/use-case form .* fill it in once .* AWS says: "The model returned/, "waits"),
  marketplace: refused(/call the model once as somebody who may .* AWS says: "Model access is denied/, "waits"),
  payment: refused(/add one under Billing.* AWS says: "Model access is denied/, "waits"),
  agreement: refused(/wait for a quarter of an hour.* AWS says: "The agreement/, "waits"),
  serviceControlPolicy: refused(/service control policy .* ask whoever administers the account .* AWS says/, "ends"),
  identityPolicy: refused(/allow bedrock:InvokeModel .* AWS says: "User: arn:aws:sts/, "ends"),
  modelAccess: refused(/allow bedrock:InvokeModel .* AWS says: "You don't have access/, "ends"),
  accountNotAuthorized: refused(/ask AWS Support .* AWS says: "Your account is not authorized/, "ends"),
  operationNotAllowed: refused(/ask AWS Support .* AWS says: "Operation not allowed"/, "ends"),
  country: refused(/give another model with --summary-model.* AWS says: "Access to Anthropic models/, "ends"),
  tokensPerDay: {
    cure: /wait until tomorrow.* AWS says: "Too many tokens per day/,
    start: "SERVICE_UNREACHABLE",
    running: "waits",
  },
  throttled: { cure: /look again in a minute, or ask AWS for a higher quota/, start: undefined, running: "waits" },
  unavailable: { cure: /check the network, the region/, start: "SERVICE_UNREACHABLE", running: "waits" },
  unheardOf: {
    cure: /rejects even a greeting.*playground.* AWS says: "The gateway/,
    start: "BAD_OPTION",
    running: "waits",
  },
};

describe("a Bedrock that refuses everything", function () {
  this.timeout(120_000);
  let kinesis: TestKinesis;
  let openSearch: RunningOpenSearch;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  const maxListeners = process.getMaxListeners();
  before(async () => {
    // Each pipeline under way listens for Ctrl-C.
    process.setMaxListeners(maxListeners + REFUSAL_NAMES.length);
    folder = await temporaryFolder("refusals");
    [kinesis, openSearch] = await Promise.all([
      startKinesis(),
      startOpenSearch({ dataDirectory: path.join(folder.path, "opensearch") }),
    ]);
    await kinesis.createStream(STREAM, 1);
  });
  after(async () => {
    await Promise.all([kinesis?.stop(), openSearch?.stop()]);
    await folder?.remove();
    process.setMaxListeners(maxListeners);
  });

  async function withRefusal<T>(refusal: RefusalName, work: (bedrock: LocalBedrock) => Promise<T>): Promise<T> {
    const bedrock = await startLocalBedrock(0, { refusal });
    try {
      return await work(bedrock);
    } finally {
      await bedrock.close();
    }
  }

  for (const name of REFUSAL_NAMES) {
    const { cure, start } = EXPECTED[name];
    it(`${name}: npm start ${start === undefined ? "waits" : `ends with ${start} and the cure`}`, () =>
      withRefusal(name, async ({ url }) => {
        const endpoints = [
          "--kinesis-endpoint",
          kinesis.url,
          "--bedrock-endpoint",
          url,
          "--opensearch-endpoint",
          openSearch.url,
        ];
        const given = [...endpoints, "--stream", STREAM, "--index", STREAM, "--data-dir", folder.path];
        const options = readOptions(["--once", "--no-progress", "--log-level", "silent", ...given], {});
        const screen = { write: silent, isTTY: false, columns: 80 };
        const run = runJob(options, directTarget(options), screen);
        if (start === undefined) assert.equal(await run, 0);
        else await assert.rejects(run, isFatal(start, cure));
      }));
  }

  it("has npm run pipeline end with the cure, or wait until it passes", async () => {
    const describeOne = (name: RefusalName): Promise<void> =>
      withRefusal(name, async (bedrock) => {
        const run = pipeline([DESCRIBE_ONE, bedrock.url], {}, silent);
        if (EXPECTED[name].running === "ends")
          return assert.rejects(run, isFatal("ACCESS_DENIED", EXPECTED[name].cure));
        await sleep(2_000);
        bedrock.setFaults({ refusal: null });
        const { text } = await run;
        assert.match(text, /^described described: 1$/m, name);
        assert.doesNotMatch(text, /letters/, name);
      });
    await Promise.all(REFUSAL_NAMES.map(describeOne));
  });

  it("is told with the cure by npm run doctor, for each model", async () => {
    const examine = (name: RefusalName): Promise<void> =>
      withRefusal(name, async ({ url }) => {
        const endpoints = ["--kinesis-endpoint", NOWHERE, "--bedrock-endpoint", url, "--opensearch-endpoint", NOWHERE];
        const { text, exitCode } = await doctor(
          ["--stream", STREAM, ...endpoints, "--data-dir", folder.path],
          {},
          silent,
        );
        assert.equal(exitCode, 1);
        const lines = text.split("\n");
        const looks = lines.flatMap((line, at) =>
          /^WRONG +bedrock:InvokeModel/.test(line) ? [lines[at + 1] ?? ""] : [],
        );
        assert.equal(looks.length, 2, `${name}: ${text}`);
        for (const look of looks) assert.match(look, EXPECTED[name].cure, name);
      });
    await Promise.all(REFUSAL_NAMES.map(examine));
  });
});
