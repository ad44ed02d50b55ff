import { JobError } from "../../../chat/errors";
import type { TakeClock } from "../../aws/clock";
import { openSearchClient, type OpenSearchClient } from "../requests/client";
import { checkCluster, type ClusterFacts, refuseServerless } from "./cluster";
import { tooOld } from "./engine";
import { OWNER, type Target, targets } from "./mapping";
import { refuseWithoutLedgers } from "../ledgers/ledger-upkeep";
import { patiently, refusal } from "../requests/patiently";
import { errorCause } from "../requests/error-cause";
import type { OpenSearchSettings } from "../settings";
import { checkSearch, checkWrites, type Look, lookAt, type Read, readTarget, renewed } from "./target";

/**
 * Does everything that must happen before the first write. Checks that the cluster answers, takes the credentials and
 * can hold vectors. Creates the indexes that are missing, each with a template that gives it the same form if it is
 * ever created again. An existing index stays as it is; one of ours only gets the fields that an older version did not
 * know. Asks then whether documents would be taken and found. Rejects with SERVICE_UNREACHABLE, NO_CREDENTIALS,
 * ACCESS_DENIED, INDEX_UNSUPPORTED, or with INDEX_MISFIT when documents would not fit, not be taken, or not be found.
 * `takeClock` is told of the clocks of answers.
 */
export async function prepareOpenSearch(settings: OpenSearchSettings, takeClock?: TakeClock): Promise<ClusterFacts> {
  refuseServerless(settings.connection.endpoint);
  return withClient(
    settings,
    async (client) => {
      const facts = await checkCluster(client, settings);
      const found: (readonly [Target, Read | undefined])[] = [];
      // All are read first: nothing is created or changed for a job that one of its indexes refuses.
      for (const target of targets(settings, facts.icu)) {
        const read = await readTarget(client, target);
        if (read === undefined && target.index === settings.ledgerIndex) await refuseWithoutLedgers(client, settings);
        found.push([target, read]);
      }
      for (const [target, read] of found) {
        const look = await ensure(client, target, read, settings, facts);
        await checkWrites(client, target, look);
        if (target.index === settings.index) await checkSearch(client, target, settings.dimension);
      }
      return facts;
    },
    takeClock,
  );
}

async function withClient<T>(
  settings: OpenSearchSettings,
  work: (client: OpenSearchClient) => Promise<T>,
  takeClock: TakeClock | undefined,
): Promise<T> {
  const client = openSearchClient(settings.connection, settings.isUnprepared === true, takeClock);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function ensure(
  client: OpenSearchClient,
  target: Target,
  read: Read | undefined,
  settings: OpenSearchSettings,
  { version }: ClusterFacts,
): Promise<Look> {
  const { index, definition } = target;
  const existing = await renewed(client, target, read);
  if (existing !== undefined) {
    // An alias has no template of its own: nothing is created under its name, because writes demand that it exists.
    if (!existing.isAlias) await putTemplate(client, target, "if allowed");
    return existing;
  }
  const reason = index === settings.index ? tooOld(version, settings) : undefined;
  if (reason !== undefined) throw new JobError("INDEX_UNSUPPORTED", reason);
  await putTemplate(client, target, "always");
  const created = await patiently(client, { method: "PUT", path: `/${index}`, json: definition });
  const isThere = errorCause(created.body).type === "resource_already_exists_exception";
  if (created.status !== 200 && !isThere) throw refusal(`create index "${index}"`, created);
  const look = await lookAt(client, target);
  if (look === undefined) throw refusal(`find index "${index}", which was just created`, created);
  return look;
}

/** Creates the index of the ledgers where it is missing. Rejects as `prepareOpenSearch` does. */
export async function prepareLedgers(settings: OpenSearchSettings): Promise<void> {
  await withClient(
    settings,
    async (client) => {
      const facts = await checkCluster(client, settings);
      const target = targets(settings, facts.icu).find(({ index }) => index === settings.ledgerIndex);
      if (target !== undefined) await ensure(client, target, await readTarget(client, target), settings, facts);
    },
    undefined,
  );
}

/**
 * Leaves a template of the same name alone when it is not ours. An index that exists does without one where the
 * credentials may not make it, or another template of the same rank is there.
 */
async function putTemplate(
  client: OpenSearchClient,
  { index, definition }: Target,
  need: "always" | "if allowed",
): Promise<void> {
  const path = `/_index_template/${OWNER.application}-${index}`;
  const existing = await patiently(client, { method: "GET", path });
  const owner = (existing.body as { index_templates?: { index_template?: { _meta?: { application?: string } } }[] })
    .index_templates?.[0]?.index_template?._meta?.application;
  if (existing.status === 200 && owner !== OWNER.application) return;
  const json = { index_patterns: [index], priority: 500, template: definition, _meta: OWNER };
  const put = await patiently(client, { method: "PUT", path, json });
  if (put.status === 200 || (need === "if allowed" && (put.status === 400 || put.status === 403))) return;
  throw refusal(`create the template of index "${index}"`, put);
}
