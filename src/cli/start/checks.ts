import { JobError } from "../../chat/errors";
import { tellClock } from "../../io/aws/clock";
import { checkBedrock } from "../../io/bedrock/check";
import { checkEventBus } from "../../io/eventbridge/check";
import { checkStream } from "../../io/kinesis/check";
import { prepareOpenSearch } from "../../io/opensearch/indexes/prepare";
import { checkWebhook } from "../../io/webhook/check";
import { roomLog } from "../../log";
import type { PipelineSettings } from "../../pipeline";
import { withKeyCheck } from "../key-check";

const log = roomLog("start");

/**
 * Checks before anything runs that streams, models and indexes exist; each refusal says how to mend it. The models come
 * last, because their check is paid for. Resolves with settings that tell what was learnt of the key of pseudonyms.
 */
export async function checkAll(settings: PipelineSettings): Promise<PipelineSettings> {
  const [checked] = await Promise.all([prepared(settings), checkSource(settings), checkReceivers(settings)]);
  await checkBedrock(settings, tellClock("Bedrock", settings.kinesis.allowedDisorderMs, log));
  return checked;
}

/** Prepares the indexes, which tell whether they are filled with the settings' key of pseudonyms. */
async function prepared(settings: PipelineSettings): Promise<PipelineSettings> {
  const checked = await withKeyCheck(settings);
  await prepareOpenSearch(checked.openSearch, tellClock("OpenSearch", settings.kinesis.allowedDisorderMs, log));
  return checked;
}

/** Checks each receiver of alerts but their log, which is an index. */
async function checkReceivers({ alerts, openSearch: { stream } }: PipelineSettings): Promise<void> {
  const { patience, webhook, eventBridge } = alerts;
  await Promise.all([
    webhook && checkWebhook({ ...webhook, stream, patience }),
    eventBridge && checkEventBus({ ...eventBridge, stream, patience }),
  ]);
}

/** Files are looked at when they are listed, before the embedded services start. */
async function checkSource({ kinesis, files }: PipelineSettings): Promise<void> {
  if (files === undefined) await checkStream(kinesis);
}

/**
 * Checks the same for a job that may be starting again by itself while a service is away: a running job would wait for
 * that service, so this one must start. Resolves with settings for a job that makes up for the checks that could not be
 * done; `warn` is told of each service that does not answer. Troubles that waiting cannot mend are refused.
 */
export async function checkWhatAnswers(
  settings: PipelineSettings,
  warn: (error: JobError) => void,
): Promise<PipelineSettings> {
  const answers = (check: Promise<unknown>): Promise<boolean> =>
    check.then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof JobError) || error.code !== "SERVICE_UNREACHABLE") throw error;
        warn(error);
        return false;
      },
    );
  const { allowedDisorderMs } = settings.kinesis;
  let checked = settings;
  // While KMS is away, the indexes are prepared without a look at the key.
  await answers(withKeyCheck(settings).then((known) => void (checked = known)));
  const [isPrepared] = await Promise.all([
    answers(prepareOpenSearch(checked.openSearch, tellClock("OpenSearch", allowedDisorderMs, log))),
    answers(checkStream(settings.kinesis)),
    answers(checkReceivers(settings)),
  ]);
  await answers(checkBedrock(settings, tellClock("Bedrock", allowedDisorderMs, log)));
  return isPrepared ? checked : { ...checked, openSearch: { ...checked.openSearch, isUnprepared: true } };
}
