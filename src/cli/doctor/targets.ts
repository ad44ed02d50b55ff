import type { OpenSearchClient } from "../../io/opensearch/requests/client";
import { refuseWithoutLedgers } from "../../io/opensearch/ledgers/ledger-upkeep";
import { type Target, targets } from "../../io/opensearch/indexes/mapping";
import type { OpenSearchSettings } from "../../io/opensearch/settings";
import { checkSearch, checkWrites, type Read, readTarget, unrenewed } from "../../io/opensearch/indexes/target";
import { examine, type Finding, type Seen } from "./finding";

/**
 * Looks at the indexes that the job writes to, as its start does, and changes nothing: it asks with writes that can
 * never succeed. `icu` tells that the cluster has the analysis-icu plugin.
 */
export async function examineTargets(
  client: OpenSearchClient,
  settings: OpenSearchSettings,
  icu: boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const target of targets(settings, icu)) {
    const look = {
      name: `opensearch: index ${target.index}`,
      expected: "none yet, or one that takes what the job writes",
    };
    findings.push(await examine(look, () => seeTarget(client, settings, target)));
  }
  return findings;
}

async function seeTarget(client: OpenSearchClient, settings: OpenSearchSettings, target: Target): Promise<Seen> {
  if (target.index === settings.ledgerIndex) await refuseWithoutLedgers(client, settings);
  const read = await readTarget(client, target);
  if (read === undefined) return { found: "there is none, and the job creates it" };
  await checkWrites(client, unrenewed(target, read), read);
  // An older index cannot be searched by fields that it gets at the next start.
  const isSearched = target.index === settings.index && read.renewals.length === 0;
  if (isSearched) await checkSearch(client, target, settings.dimension);
  const facts = { indexes: read.names.size, isAlias: read.isAlias, isOwn: read.isOwn, renewals: read.renewals.length };
  return { found: `${kindOf(read)} that takes documents${isSearched ? ", and finds them by vectors" : ""}`, facts };
}

function kindOf({ names, isAlias, isOwn, renewals }: Read): string {
  if (isAlias) return `an alias of ${names.size} ${names.size === 1 ? "index" : "indexes"}`;
  if (!isOwn) return "an index that the job did not make,";
  return renewals.length === 0
    ? "the job's own index,"
    : "the job's own index of an older version, to be renewed at the start,";
}
