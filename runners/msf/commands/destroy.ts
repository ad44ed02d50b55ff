import { JobError } from "../../../src/errors";
import { type Context, commandValues, findDeployed, withRemembered } from "../context";
import { deleteJars } from "../jars";
import { typed } from "../../../src/options/command-line";
import { DEPLOYMENT } from "../options";
import { bucketStackName } from "../release";
import { deleteStack, findStack } from "../stacks";

/** What goes with all that it holds. */
const HOLDING = ["AWS::Kinesis::Stream", "AWS::OpenSearchService::Domain"];

/** Removes everything that deploy made, and nothing else; twice does no harm. */
export async function destroy(context: Context): Promise<void> {
  const { aws, name, say, write } = context;
  const found = await findDeployed(context);
  const jars = await findStack(aws, bucketStackName(name));
  if (found === undefined && jars === undefined) {
    write(`Nothing is deployed as ${name} in ${aws.region}.`);
    return;
  }
  const holding = Object.values(found?.template.Resources ?? {}).filter(({ Type }) => HOLDING.includes(Type));
  await confirm(
    context,
    holding.map(({ Type }) => (Type === HOLDING[0] ? "the stream" : "the OpenSearch domain")),
  );
  if (found !== undefined) {
    say(`Deleting the stack ${name} …`);
    await deleteStack(aws, found.stack, say);
  }
  const own = found === undefined ? undefined : typed(withRemembered(context, found).line, DEPLOYMENT).bucket;
  const bucket = jars?.outputs["BucketName"] ?? own;
  if (bucket !== undefined) say(`Removed ${await deleteJars(aws, bucket, name)} jars from s3://${bucket}.`);
  if (jars !== undefined) await deleteStack(aws, jars, say);
  write(`${name} is gone.`);
}

async function confirm(context: Context, holding: readonly string[]): Promise<void> {
  const { name } = context;
  if (commandValues(context).yes) return;
  const lost = holding.length === 0 ? "" : `, with ${holding.join(" and ")} and all that they hold`;
  const answer = await context.ask(`This removes ${name}${lost}. Type its name to go on: `);
  if (answer === name) return;
  throw new JobError(
    "BAD_OPTION",
    answer === undefined ? "Nobody is there to be asked: --yes destroys without a question." : "Nothing was removed.",
  );
}
