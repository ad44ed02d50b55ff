import {
  asyncDoFn,
  type AsyncDoFnInstance,
  type AsyncElement,
  type Counter,
  type NoOutputs,
  type OpenContext,
} from "../../beam";
import { type DeadLetterCode, JobError } from "../../chat/errors";
import type { DeadLetter } from "../../chat/model";
import { BulkWriter, type WriteOutcome } from "./bulk-writer";
import { deadLetterOperations } from "./dead-letter-document";
import { batchingOf, type OpenSearchSettings } from "./settings";

type DeadLetterOutputs = NoOutputs;
type Element = AsyncElement<DeadLetter, DeadLetterOutputs>;

/** Name of the counter of one code. The underscore keeps it out of CloudWatch, where each counter is paid for. */
export function deadLetterCounter(code: DeadLetterCode): string {
  return `deadLetters_${code}`;
}

/** Writes dead letters. One that the cluster refuses ends the run, because there is nowhere else for it to go. */
class WriteDeadLetters implements AsyncDoFnInstance<DeadLetter, DeadLetterOutputs> {
  private readonly writer: BulkWriter;
  private readonly deadLetters: Counter;
  private readonly withCode: (code: DeadLetterCode) => Counter;

  constructor(
    private readonly settings: OpenSearchSettings,
    context: OpenContext,
  ) {
    this.writer = new BulkWriter(settings, context);
    this.deadLetters = context.metrics.counter("deadLetters");
    this.withCode = (code) => context.metrics.counter(deadLetterCounter(code));
  }

  close(): void {
    this.writer.close();
  }

  sizeBytes({ payload, reason }: DeadLetter): number {
    return Math.ceil(payload.length / 3) * 4 + reason.length + 512;
  }

  async process(elements: readonly Element[]) {
    const writtenAtMs = Date.now();
    const operationsOf = new Map(
      elements.map((element) => [element, deadLetterOperations(element.value, writtenAtMs)]),
    );
    const outcomes = await this.writer.send(this.settings.deadLetterIndex, [...operationsOf.values()].flat());
    const later: Element[] = [];
    let delayMs = 0;
    let first = 0;
    for (const [element, operations] of operationsOf) {
      const own = outcomes.slice(first, (first += operations.length));
      const laterMs = own.map((outcome) => this.laterMs(outcome)).filter((each) => each !== undefined);
      if (laterMs.length === 0) this.count(element.value);
      else later.push(element);
      delayMs = Math.max(delayMs, ...laterMs);
    }
    return later.length === 0 ? undefined : { elements: later, delayMs };
  }

  private count({ code, messageCount }: DeadLetter): void {
    this.deadLetters.inc(messageCount);
    this.withCode(code).inc(messageCount);
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
 * Counters: deadLetters (messages that they stand for), the same by code, retries.
 */
export const writeDeadLetters = asyncDoFn("writeDeadLetters", {
  outputs: {},
  calls: ({ bulk }: OpenSearchSettings) => ({
    maxConcurrentCalls: 1,
    batching: batchingOf(bulk),
  }),
  open: (settings: OpenSearchSettings, context) => new WriteDeadLetters(settings, context),
});
