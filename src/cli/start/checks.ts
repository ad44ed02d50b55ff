import { JobError } from "../../chat/errors";
import { tellClock } from "../../io/aws/clock";
import { checkBedrock } from "../../io/bedrock/check";
import { checkEventBus } from "../../io/eventbridge/check";
import { checkStream } from "../../io/kinesis/check";
import { prepareOpenSearch } from "../../io/opensearch/prepare";
import { unwrapKey } from "../../io/kms/unwrap";
import { checkWebhook } from "../../io/webhook/check";
import { roomLog } from "../../log";
import type { PipelineSettings } from "../../pipeline";

const log = roomLog("start");

/** At the start a person waits. */
const MAX_KEY_ATTEMPTS = 4;

/**
 * Checks before anything runs that streams, models and indexes exist; each refusal says how to mend it. The models come
 * last, because their check is paid for.
 */
export async function checkAll(settings: PipelineSettings): Promise<void> {
  const { allowedDisorderMs } = settings.kinesis;
  await Promise.all([
    checkSource(settings),
    prepareOpenSearch(settings.openSearch, tellClock("OpenSearch", allowedDisorderMs, log)),
    checkReceivers(settings),
    checkKey(settings),
  ]);
  await checkBedrock(settings, tellClock("Bedrock", allowedDisorderMs, log));
}

/** Checks each receiver of alerts but their log, which is an index. */
async function checkReceivers({ alerts, openSearch: { stream } }: PipelineSettings): Promise<void> {
  const { patience, webhook, eventBridge } = alerts;
  await Promise.all([
    webhook && checkWebhook({ ...webhook, stream, patience }),
    eventBridge && checkEventBus({ ...eventBridge, stream, patience }),
  ]);
}

/** Looks whether KMS unwraps the key of the pseudonyms, as each worker has it do. */
async function checkKey({ messages: { privacy } }: PipelineSettings): Promise<void> {
  const { key } = privacy ?? {};
  if (key !== undefined && "wrapped" in key) await unwrapKey(key, MAX_KEY_ATTEMPTS);
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
  const [isPrepared] = await Promise.all([
    answers(prepareOpenSearch(settings.openSearch, tellClock("OpenSearch", allowedDisorderMs, log))),
    answers(checkStream(settings.kinesis)),
    answers(checkReceivers(settings)),
    answers(checkKey(settings)),
  ]);
  await answers(checkBedrock(settings, tellClock("Bedrock", allowedDisorderMs, log)));
  return isPrepared ? settings : { ...settings, openSearch: { ...settings.openSearch, isUnprepared: true } };
}
