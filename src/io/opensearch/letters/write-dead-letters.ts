import {
  asyncDoFn,
  type AsyncDoFnInstance,
  type AsyncElement,
  type Counter,
  type NoOutputs,
  type OpenContext,
} from "../../../beam";
import { type DeadLetterCode, JobError } from "../../../chat/errors";
import type { DeadLetter } from "../../../chat/model";
import type { BulkOperation } from "../requests/bulk";
import type { WriteOutcome } from "../writing/bulk-writer";
import { chunkIds, deadLetterOperations, keeperOf } from "./dead-letter-document";
import { deleteAll } from "../writing/delete-all";
import { StageIndexAccess } from "../writing/index-access";
import { batchingOf, type OpenSearchSettings } from "../settings";
import { keptLetters } from "./suppress-letters";

type DeadLetterOutputs = NoOutputs;
type Element = AsyncElement<DeadLetter, DeadLetterOutputs>;

/**
 * Name of the counter of one code, such as `deadLettersNoUser`: of letters alone, so that CloudWatch gets it. It exists
 * only once there is such a letter, because CloudWatch is paid for each.
 */
export function deadLetterCounter(code: DeadLetterCode): string {
  const words = code.split("_").map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return `deadLetters${words.join("")}`;
}

/**
 * Writes dead letters. One that the cluster refuses ends the run, because there is nowhere else for it to go. What was
 * erased is left out, and taken back where its key is erased at the same time.
 */
class WriteDeadLetters implements AsyncDoFnInstance<DeadLetter, DeadLetterOutputs> {
  private readonly access: StageIndexAccess;
  private readonly deadLetters: Counter;
  private readonly withCode: (code: DeadLetterCode) => Counter;
  private readonly suppressed: Counter;
  private readonly keep: ReturnType<typeof keeperOf>;

  constructor(
    private readonly settings: OpenSearchSettings,
    context: OpenContext,
  ) {
    this.access = new StageIndexAccess(settings, context);
    this.keep = keeperOf(settings.letters);
    this.deadLetters = context.metrics.counter("deadLetters");
    this.withCode = (code) => context.metrics.counter(deadLetterCounter(code));
    this.suppressed = context.metrics.counter("suppressed");
  }

  close(): void {
    this.access.close();
  }

  sizeBytes({ payload, reason }: DeadLetter): number {
    return Math.ceil(payload.length / 3) * 4 + reason.length + 512;
  }

  async process(elements: readonly Element[]) {
    const letters = elements.map(({ value }) => value);
    const kept = await keptLetters(this.access, letters, this.settings, Date.now());
    await this.removeFormer(letters.filter((letter, place) => kept[place]!.letter !== letter));
    const writtenAtMs = Date.now();
    const operationsOf = kept.map(({ letter }) =>
      letter === undefined ? [] : deadLetterOperations(letter, writtenAtMs, this.keep),
    );
    const further = await this.furtherChunks(operationsOf);
    const outcomes = await this.access.send(this.settings.deadLetterIndex, operationsOf.flat());
    await deleteAll(this.access, this.settings.deadLetterIndex, further);
    const meanwhile = await keptLetters(this.access, letters, this.settings, writtenAtMs);
    const later: Element[] = [];
    let delayMs = 0;
    let first = 0;
    for (const [place, element] of elements.entries()) {
      const own = outcomes.slice(first, (first += operationsOf[place]!.length));
      const { letter, suppressed } = kept[place]!;
      const laterMs = own.map((outcome) => this.laterMs(outcome)).filter((each) => each !== undefined);
      // The next try removes it.
      const isGone = letter !== undefined && meanwhile[place]!.letter === undefined;
      if (isGone || meanwhile[place]!.suppressed > suppressed) laterMs.push(0);
      if (laterMs.length > 0) later.push(element);
      else {
        if (letter !== undefined) this.count(letter);
        this.suppressed.inc(suppressed);
      }
      delayMs = Math.max(delayMs, ...laterMs);
    }
    return later.length === 0 ? undefined : { elements: later, delayMs };
  }

  private count({ code, messageCount }: DeadLetter): void {
    this.deadLetters.inc(messageCount);
    this.withCode(code).inc(messageCount);
  }

  /** Deletes what an earlier try has left of letters, before their keys were erased. */
  private async removeFormer(letters: readonly DeadLetter[]): Promise<void> {
    const operationsOf = letters.map((letter) => deadLetterOperations(letter, 0, this.keep));
    const ids = operationsOf.flat().map(({ id }) => id);
    await deleteAll(this.access, this.settings.deadLetterIndex, [...ids, ...(await this.furtherChunks(operationsOf))]);
  }

  /** Ids of stored chunks beyond those that these letters are written with. */
  private async furtherChunks(operationsOf: readonly (readonly BulkOperation[])[]): Promise<readonly string[]> {
    // A letter's own document comes last, behind its chunks.
    const letters = operationsOf.flatMap((own) => (own.length === 0 ? [] : [{ id: own.at(-1)!.id, own: own.length }]));
    const found = await this.access.get<{ readonly chunkCount: number }>(
      this.settings.deadLetterIndex,
      letters.map(({ id }) => id),
      ["chunkCount"],
    );
    return letters.flatMap(({ id, own }, place) => {
      const former = found[place];
      return former === undefined ? [] : chunkIds({ id, chunkCount: former.source.chunkCount }).slice(own);
    });
  }

  /** Undefined when it is stored. */
  private laterMs(outcome: WriteOutcome): number | undefined {
    if (outcome.stored) return undefined;
    if ("laterMs" in outcome) return outcome.laterMs;
    throw new JobError(
      "INDEX_MISFIT",
      `A dead letter could not be kept in index "${this.settings.deadLetterIndex}": ${outcome.reason} Mend the index or name another, then start again; nothing is lost until then.`,
    );
  }
}

/**
 * Writes dead letters to their own index, under ids that make a replay overwrite itself.
 * Counters: deadLetters (messages that they stand for), the same by code, suppressed, retries.
 */
export const writeDeadLetters = asyncDoFn("writeDeadLetters", {
  outputs: {},
  calls: ({ bulk }: OpenSearchSettings) => ({
    maxConcurrentCalls: 1,
    batching: batchingOf(bulk),
  }),
  open: (settings: OpenSearchSettings, context) => new WriteDeadLetters(settings, context),
});
