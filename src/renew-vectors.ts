/**
 * Embeds all documents anew, by the stages of the job, into a copy of their index, which gets its names in the end.
 *
 * 1. Jobs may write to the index meanwhile: it is gone through again until few documents have changed since.
 * 2. Then writes are blocked, the last ones are brought over, and the names change hands.
 * 3. It can be repeated after a kill at any time: the copy tells what it has.
 */
import { asyncBoundary, asyncDoFn, type AsyncElement, impulse, protoOf, type Root, type Runner } from "./beam";
import { plannedCoder } from "./chat/coders/planned-session";
import { JobError } from "./chat/errors";
import type { EmbeddedPart, SessionPart } from "./chat/model";
import type { PlannedSession } from "./chat/plan";
import type { HeldDocument } from "./chat/steps/documents/held-document";
import { COPY_WAYS, type CopySettings, type CopyWay, isSameWriting, planCopy } from "./chat/steps/documents/plan-copy";
import { embed } from "./io/bedrock/embed";
import { summarise } from "./io/bedrock/summarise";
import { askedVersions } from "./io/bedrock/summarise-part";
import { type OpenSearchClient, sharedOpenSearchClient } from "./io/opensearch/requests/client";
import {
  blockAndSwitch,
  type Copy,
  isBlocked,
  lookAtOwn,
  makeCopy,
  namesOf,
} from "./io/opensearch/renewing/index-copy";
import { multiGet } from "./io/opensearch/requests/multi-get";
import type { OpenSearchSettings } from "./io/opensearch/settings";
import { dropSurplus, uncopied, uncopiedOf, type VectorCopy, type Writing } from "./io/opensearch/renewing/vector-copy";
import { writeCopies } from "./io/opensearch/renewing/write-copies";
import { unblockWrites } from "./io/opensearch/renewing/write-block";
import { amendSettings, maxElementsInFlight, type PipelineSettings } from "./pipeline";

/** Documents read at once: with their messages, 1 MiB each at most by default. */
const PAGE_SIZE = 16;
/** Documents of one run of the pipeline, whose ids travel with it. */
const ROUND_SIZE = 1_000;
/** So many changed documents are embedded while writers wait. */
const FEW = 100;
/** A stream that changes more than `FEW` in each is not waited for. */
const MAX_PASSES = 10;

interface ReadSettings extends CopySettings {
  readonly openSearch: OpenSearchSettings;
  readonly from: string;
  readonly documents: readonly Writing[];
  readonly way: CopyWay;
}

type Planned = PlannedSession<SessionPart | EmbeddedPart>;

/** Emits a plan for each document that is still as it was listed. */
const readForCopies = asyncDoFn("readForCopies", {
  outputs: { main: plannedCoder },
  calls: { maxConcurrentCalls: 1 },
  open({ openSearch, from, documents, way, ...asked }: ReadSettings, { shared }) {
    const client = sharedOpenSearchClient(shared, openSearch.connection);
    return {
      async process([impulse]: readonly AsyncElement<Uint8Array, { main: Planned }>[]) {
        for (let first = 0; first < documents.length; first += PAGE_SIZE) {
          const page = documents.slice(first, first + PAGE_SIZE);
          const ids = page.map(({ id }) => id);
          const found = await multiGet<HeldDocument["source"]>(client, ids, { index: from, fields: "all" });
          for (const [place, document] of found.entries()) {
            if (document === undefined || !isSameWriting(document.version, page[place]!.version)) continue;
            // The stages beyond take what has a summary already, as they do for one that starts again.
            const plan = planCopy(document, asked, way) as Planned;
            await impulse!.emit("main", plan, Date.parse(document.source.end));
          }
        }
      },
    };
  },
});

/** Builds the part of the job that brings documents of one index, with new vectors, into another. */
export function buildCopies(
  root: Root,
  { from, to }: Copy,
  documents: readonly Writing[],
  way: CopyWay,
  settings: PipelineSettings,
): void {
  const { openSearch } = settings;
  const versions = askedVersions(settings.summarise);
  const { answering } = amendSettings(settings);
  const read = root.apply(impulse()).apply(readForCopies({ openSearch, from, documents, way, versions, answering }));
  const apart = read.main.apply(asyncBoundary(plannedCoder, { maxElements: maxElementsInFlight(settings) }));
  const summarised = apart.apply(summarise(settings.summarise));
  const embedded = summarised.main.apply(embed(settings.embed));
  embedded.main.apply(writeCopies({ openSearch: { ...openSearch, index: to }, from, versions }));
}

export interface VectorsRenewed {
  /** Writings of documents that were brought over. */
  readonly renewed: number;
  /** Documents of which a model refused to make a vector; words find them. */
  readonly withoutVector: number;
}

/** Carries out what `planVectorCopy` says. `say` is told of each round. Rejects with a `JobError`. */
export async function renewVectors(
  client: OpenSearchClient,
  copy: VectorCopy,
  settings: PipelineSettings,
  runner: Runner,
  say: (line: string) => void = () => undefined,
): Promise<VectorsRenewed> {
  const renewal = new Renewal(client, copy, settings, runner, say);
  await makeCopy(client, copy.old, copy.to, copy.form);
  for (let pass = 1; pass <= MAX_PASSES; pass++) if ((await renewal.bring()) <= FEW) break;
  const old = await lookAtOwn(client, copy.from);
  say(`Blocking writes to "${copy.from}" for its last documents …`);
  const named = { ...copy, names: namesOf(old, settings.openSearch.index) };
  try {
    await blockAndSwitch(client, named, old, async () => {
      await renewal.bring();
      await dropSurplus(client, copy, settings.openSearch.bulk.maxBytes);
    });
  } catch (error) {
    if (!isBlocked(old)) await unblockWrites(client, copy.from);
    throw error;
  }
  const { renewed, withoutVector } = renewal;
  return { renewed, withoutVector };
}

class Renewal {
  renewed = 0;
  withoutVector = 0;

  constructor(
    private readonly client: OpenSearchClient,
    private readonly copy: VectorCopy,
    private readonly settings: PipelineSettings,
    private readonly runner: Runner,
    private readonly say: (line: string) => void,
  ) {}

  /** Brings over what the copy lacks, and resolves with the number of these documents. */
  async bring(): Promise<number> {
    let count = 0;
    for await (const documents of uncopied(this.client, this.copy, ROUND_SIZE)) {
      this.say(`Embedding documents ${count + 1} to ${count + documents.length} anew …`);
      count += documents.length;
      await this.bringThese(documents);
    }
    return count;
  }

  private async bringThese(documents: readonly Writing[]): Promise<void> {
    let left = documents;
    for (const way of COPY_WAYS) {
      if (left.length === 0) return;
      if (way === "bare") this.withoutVector += left.length;
      const tried = left;
      const pipeline = await protoOf((root) => buildCopies(root, this.copy, tried, way, this.settings));
      const run = await this.runner.run(pipeline);
      await run.finished;
      for (const metric of await run.metrics()) {
        if (metric.kind === "counter" && metric.name === "documents") this.renewed += metric.value;
      }
      left = await this.leftOf(tried);
    }
    if (left.length === 0) return;
    throw new JobError(
      "INDEX_MISFIT",
      `Index "${this.copy.to}" does not take ${left.length} documents, such as ${left[0]!.id}: look at them and at the cluster, and run the same command again, which goes on.`,
    );
  }

  /** Finds tried documents that are unchanged and not in the copy: models or the index refused them. */
  private async leftOf(tried: readonly Writing[]): Promise<readonly Writing[]> {
    const versions = new Map(tried.map(({ id, version }) => [id, version]));
    const lacking = await uncopiedOf(this.client, this.copy, [...versions.keys()]);
    return lacking.filter(({ id, version }) => isSameWriting(version, versions.get(id)!));
  }
}
