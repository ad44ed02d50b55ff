/** `npm run msf` in this process, against AWS as far as this machine has it: see test/python/aws_stand_in.py. */
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { CreatePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runMsf } from "../../../runners/msf/commands";
import type { Template } from "../../../runners/msf/template/document";
import { BOUNDARY_POLICY } from "../../../runners/msf/template/role";
import { type AwsRequest, type AwsStandIn, startAws } from "./stand-in";
import { PYTHON_LIMIT_MS, pythonFor } from "./python";
import { ROOT } from "./sdk-actions";

export interface Answer {
  /** Lines on standard output. */
  readonly written: readonly string[];
  /** Lines on standard error. */
  readonly said: readonly string[];
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
  /** Requests of this command. */
  readonly requests: readonly AwsRequest[];
}

export interface Msf {
  readonly aws: AwsStandIn;
  /** Files that take a jar's place: two that work, and one for each way in which a job does not. */
  readonly jars: Readonly<Record<"one" | "two" | "broken" | "unreachable" | "restarting" | "silent", string>>;
  run(...argv: string[]): Promise<Answer>;
  /** Runs a command, of which AWS may refuse nothing. */
  done(...argv: string[]): Promise<Answer>;
  /** The latest template of the stack with that name. */
  template(name: string): Promise<Template>;
  stop(): Promise<void>;
}

const CHANGING = /^(Create|Update|Delete|Start|Stop|Rollback|Put|PUT|POST|DELETE)/;

/** The requests that change something. */
export function changes({ requests }: Pick<Answer, "requests">): readonly string[] {
  return requests.map(({ action }) => action).filter((action) => CHANGING.test(action));
}

/** Makes the boundary once, as an administrator does. */
export async function makeBoundary(): Promise<void> {
  const client = new IAMClient({});
  const PolicyDocument = readFileSync(path.join(ROOT, "runners/msf/job-boundary.json"), "utf8");
  await client.send(new CreatePolicyCommand({ PolicyName: BOUNDARY_POLICY, PolicyDocument }));
  client.destroy();
}

/** Runs AWS's stand-in for the tests of one `describe`. Hands it to `take` before the first of them. */
export function withMsf(take: (msf: Msf) => void): void {
  let msf: Msf | undefined;
  before(async function () {
    this.timeout(PYTHON_LIMIT_MS);
    msf = await startMsf(await pythonFor(this));
    take(msf);
  });
  after(() => msf?.stop());
}

/** Starts AWS's stand-in, to which this process's SDK variables point while it runs. */
async function startMsf(python: string): Promise<Msf> {
  const before = { ...process.env };
  const aws = await startAws(python);
  Object.assign(process.env, aws.environment);
  await makeBoundary();
  const jar = (name: string, content: string): string => {
    const file = path.join(aws.folder, name);
    writeFileSync(file, content);
    return file;
  };
  const run = async (...argv: string[]): Promise<Answer> => {
    const from = aws.requests().length;
    const written: string[] = [];
    const said: string[] = [];
    let refusal: Answer["refusal"];
    try {
      await runMsf(argv, {
        environment: aws.environment,
        say: (line) => void said.push(line),
        write: (line) => void written.push(line),
        ask: async (question) => {
          said.push(question);
          return undefined;
        },
        ended: new AbortController().signal,
        pollMs: 5,
      });
    } catch (error) {
      const { code, message, name } = error as { code: string; message: string; name: string };
      assert.equal(name, "JobError", (error as Error).stack);
      refusal = { code, message };
    }
    return { written, said, refusal, requests: aws.requests().slice(from) };
  };
  return {
    aws,
    jars: {
      one: jar("one.jar", "the first jar"),
      two: jar("two.jar", "the second jar"),
      broken: jar("broken.jar", "BROKEN"),
      unreachable: jar("unreachable.jar", "UNREACHABLE"),
      restarting: jar("restarting.jar", "RESTARTING"),
      silent: jar("silent.jar", "SILENT"),
    },
    run,
    async done(...argv) {
      const answer = await run(...argv);
      assert.equal(answer.refusal, undefined);
      return answer;
    },
    async template(name) {
      const client = new CloudFormationClient({});
      const { TemplateBody = "" } = await client.send(new GetTemplateCommand({ StackName: name }));
      client.destroy();
      return JSON.parse(TemplateBody) as Template;
    },
    async stop() {
      await aws.stop();
      for (const name of Object.keys(aws.environment)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    },
  };
}
