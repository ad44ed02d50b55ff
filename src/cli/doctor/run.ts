/**
 * `npm run doctor`: tries everything that the job will need, once, and says what came and how to mend what is wrong.
 */
import { type Endpoints, jobOptions, type JobOptions } from "../../options";
import { readCommandLine } from "../../options/command-line";
import { DOCTOR } from "../../options/commands";
import { OPTION_GROUPS } from "../../options/table";
import type { PipelineSettings } from "../../pipeline";
import { runningServices } from "../services";
import { openJobServices } from "../start/embedded";
import { examineBedrock } from "./bedrock";
import { examineFiles } from "./files";
import { type Finding, skipped } from "./finding";
import { examineKinesis } from "./kinesis";
import { examineKeys } from "./kms";
import { examineOpenSearch } from "./opensearch";
import { privateOf } from "./redact";
import { examineModelQuotas, MODEL_QUOTAS } from "./quotas";
import { diagnose } from "./report";

const INFO = {
  usage: "npm run doctor --",
  says: "Tries everything that the job needs, once: reads one record, asks each model, writes, finds and deletes one\ndocument in a scratch index, compares clocks. Costs about a cent on AWS and changes nothing.",
  after: [
    "Takes the options that the job takes.",
    "",
    "Example:",
    "  npm run doctor -- --no-local --stream chat --region us-east-1 \\",
    "      --opensearch-endpoint https://search-x.us-east-1.es.amazonaws.com --auth sigv4 --report report.json",
  ].join("\n"),
} as const;

export interface Diagnosis {
  readonly text: string;
  readonly exitCode: number;
}

/** Resolves with what to print, and exit code 1 when something is wrong. Rejects with `JobError` or `HelpWanted`. */
export async function doctor(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<Diagnosis> {
  const line = readCommandLine({ Doctor: DOCTOR, ...OPTION_GROUPS }, INFO, argv, environment);
  const options = jobOptions(line, environment, Date.now());
  const file = line.values["report"] as string | undefined;
  const services = await servicesOf(options, say);
  try {
    const settings = options.pipelineSettings(services.endpoints, Date.now());
    const findings = await examineAll(settings, options);
    const report = { node: process.version, platform: process.platform, region: options.region, findings };
    const { text, wrong } = await diagnose(report, privateOf(settings, services.endpoints, options.input), {
      file,
      json: options.json,
      wellWords: "All is well: the job can run.",
    });
    return { text: `${text}\n`, exitCode: wrong === 0 ? 0 : 1 };
  } finally {
    await services.close();
  }
}

/**
 * The services are looked at side by side, and told in the order of the job's stages; the key of pseudonyms comes
 * first.
 */
async function examineAll(
  given: PipelineSettings,
  { input, region, embedded }: JobOptions,
): Promise<readonly Finding[]> {
  const { findings, settings } = await examineKeys(given);
  const models = [settings.summarise.model, settings.embed.model.id];
  // Only AWS itself has quotas.
  const hasQuotas = !embedded.bedrock && settings.summarise.bedrock.endpoint === undefined;
  const all = await Promise.all([
    input === undefined ? examineKinesis(settings) : examineFiles(input, settings),
    examineBedrock(settings),
    hasQuotas ? examineModelQuotas(region, models) : skipped(MODEL_QUOTAS, "this Bedrock is not AWS's"),
    examineOpenSearch(settings.openSearch, settings.kinesis.allowedDisorderMs),
  ]);
  return [...findings, ...all.flat()];
}

/**
 * Finds the services of a job that runs here, or starts embedded ones for this command; real ones have addresses.
 * Rejects with LOCAL_SERVICE rather than look at AWS in place of an embedded service.
 */
async function servicesOf(
  options: JobOptions,
  say: (line: string) => void,
): Promise<{ readonly endpoints: Endpoints; close(): Promise<void> }> {
  const { embedded, local } = options;
  const isLocal = Object.values(embedded).includes(true);
  const running = isLocal ? await runningServices(local.dataDirectory, embedded) : undefined;
  if (running !== undefined) {
    const { kinesis, bedrock, opensearch } = running;
    const found = Object.entries({ kinesis, bedrock, opensearch }).filter(([, address]) => address !== undefined);
    return { endpoints: { ...Object.fromEntries(found), ...options.endpoints }, close: async () => undefined };
  }
  const services = await openJobServices(options, say);
  return { endpoints: services.endpoints, close: () => services.stop() };
}
