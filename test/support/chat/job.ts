/** Runs the job as its users do: a process of its own, judged by its exit code, its last line and its documents. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { z } from "zod";

const ROOT = path.resolve(__dirname, "../../..");

/** The JSON object that a run prints last; the first five are in messages. */
const RESULT = z.looseObject({
  read: z.int(),
  indexed: z.int(),
  alreadyIndexed: z.int(),
  duplicates: z.int(),
  deadLetters: z.int(),
  sessions: z.int(),
  documents: z.int(),
  edits: z.int().optional(),
  suppressed: z.int().optional(),
  unusableIds: z.int().optional(),
});
export type JobResult = z.infer<typeof RESULT>;

export interface JobEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly result: JobResult | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningJob {
  readonly process: ChildProcess;
  readonly ended: Promise<JobEnd>;
  /** Its standard output so far. */
  said(): string;
  signal(signal: "SIGINT" | "SIGKILL"): void;
}

export interface JobTargets {
  readonly kinesis: string;
  readonly bedrock: string;
  readonly openSearch: string;
  readonly stream: string;
  readonly index: string;
  /** Files that are read in place of the stream. */
  readonly input?: readonly string[];
}

export function deadLetterIndexOf(index: string): string {
  return `${index}-dead-letters`;
}

export function startJob(
  targets: JobTargets,
  flags: readonly string[] = ["--once"],
  environment: NodeJS.ProcessEnv = {},
): RunningJob {
  const { kinesis, bedrock, openSearch, stream, index, input } = targets;
  const ofStream = ["--kinesis-endpoint", kinesis, "--stream", stream];
  const source = input?.flatMap((address) => ["--input", address]) ?? ofStream;
  const child = spawn(
    process.execPath,
    [
      ...["-r", "ts-node/register/transpile-only", "src/main.ts"],
      ...[...source, "--bedrock-endpoint", bedrock, "--opensearch-endpoint", openSearch],
      ...["--index", index, "--dead-letter-index", deadLetterIndexOf(index)],
      ...["--no-progress", ...flags],
    ],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: { ...jobEnvironment(), ...environment } },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => void (stdout = tail(stdout + chunk.toString())));
  child.stderr.on("data", (chunk: Buffer) => void (stderr = tail(stderr + chunk.toString())));
  const ended = new Promise<JobEnd>((resolve) => {
    child.once("close", (exitCode) => resolve({ exitCode, result: lastResult(stdout), stdout, stderr }));
  });
  return { process: child, ended, said: () => stdout, signal: (signal) => void child.kill(signal) };
}

/** The address of its own Flink, as the job prints it. */
export function webPageOf(job: RunningJob): string {
  const [, address] = /^ +Flink +(http:\S+)$/m.exec(job.said()) ?? [];
  if (address === undefined) throw new Error("the job has said no address of Flink");
  return address;
}

/** Runs the job to its end; throws with its output unless it ended with exit code 0 and a result. */
export async function runJob(targets: JobTargets, flags: readonly string[] = ["--once"]): Promise<JobResult> {
  return resultOf(await startJob(targets, flags).ended);
}

export function resultOf({ exitCode, result, stdout, stderr }: JobEnd): JobResult {
  if (exitCode !== 0 || result === undefined) {
    throw new Error(`the job ended with exit code ${exitCode}:\n${stdout.slice(-2_000)}\n${stderr.slice(-4_000)}`);
  }
  return result;
}

/** The environment without the machine's own settings, which must not reach the job under test. */
function jobEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|CHAT_SESSIONS_|OTEL_)/.test(name));
  return { ...Object.fromEntries(kept), AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
}

function tail(text: string): string {
  return text.length > 200_000 ? text.slice(-100_000) : text;
}

function lastResult(stdout: string): JobResult | undefined {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  try {
    return RESULT.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
