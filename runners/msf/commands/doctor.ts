import { JobError } from "../../../src/chat/errors";
import { examineClock } from "../../../src/cli/doctor/clock";
import { privateOf } from "../../../src/cli/doctor/redact";
import { diagnose } from "../../../src/cli/doctor/report";
import { watchClock } from "../../../src/io/aws/clock";
import { typed } from "../../../src/options/command-line";
import { readProperties } from "../../../src/options/properties";
import { findApplication, gone } from "../application";
import { caller } from "../aws";
import { type Context, commandValues } from "../context";
import { mustBeDeployed, withRemembered } from "../deployed";
import { examineApplication } from "../doctor/application";
import { examineFirstDeployment } from "../doctor/first-deployment";
import { examineQuotas } from "../doctor/quotas";
import { examineRights } from "../doctor/rights";
import { examineIndex, examineModels, examineNetwork, examineStream } from "../doctor/surroundings";
import { DEPLOYMENT } from "../options";
import { kpus } from "../settings";
import { runtimeOf } from "../template";

/**
 * Looks at a deployed application and everything that it needs. Changes nothing and costs nothing. Rejects with
 * DEPLOYMENT when a look found trouble, after all have been printed.
 */
export async function doctor(given: Context): Promise<void> {
  const { stack, template } = await mustBeDeployed(given);
  const context = withRemembered(given, { stack, template });
  const { aws, name, line, write } = context;
  const application = await findApplication(aws, name);
  if (application === undefined) throw gone(name);
  const aheadMs = watchClock(aws.streams);
  const job = readProperties(application.properties);
  const settings = job.pipelineSettings(job.endpoints, Date.now());
  const { finding: ofStream, stream } = await examineStream(aws, job.stream);
  const { RoleArn: roleArn = "" } = stack.outputs;
  const { account, partition } = await caller(aws);
  const role = { account, partition, region: aws.region, roleArn, streamArn: stream?.StreamARN ?? "" };
  const expected = { runtime: runtimeOf(template), retentionHours: stream?.RetentionPeriodHours };
  const models = [settings.summarise.model, settings.embed.model.id];
  const [ofApplication, firstDeployment, rights, ofModels, index, network, quotas] = await Promise.all([
    examineApplication(context, application, expected),
    examineFirstDeployment(aws, name, application.status === "RUNNING"),
    examineRights(aws, template, role),
    examineModels(aws, settings),
    examineIndex(settings),
    examineNetwork(context),
    examineQuotas(aws, models, kpus(typed(line, DEPLOYMENT))),
  ]);
  const clock = await examineClock("Kinesis", aheadMs(), settings.kinesis.allowedDisorderMs);
  const findings = [
    ...ofApplication,
    ...firstDeployment,
    rights,
    ofStream,
    ...ofModels,
    index,
    ...network,
    clock,
    ...quotas,
  ];
  const report = { node: process.version, platform: process.platform, region: aws.region, findings };
  const { report: file } = commandValues(context);
  const known = privateOf(settings, job.endpoints, job.input);
  const names = [...known.names, roleArn.split("/").at(-1) ?? "", name];
  const { text, wrong } = await diagnose(
    report,
    { ...known, names },
    {
      file,
      json: false,
      wellWords: "All is well: the job runs.",
    },
  );
  write(text);
  if (wrong > 0) throw new JobError("DEPLOYMENT", `${name} is not well: each line with WRONG says how to mend it.`);
}
