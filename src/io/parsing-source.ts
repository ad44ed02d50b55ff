/** Common parts of the sources that parse their records: outputs, the opened parser, counters. */
import { type Coder, type Counter, type DoFnSpec, type Metrics, type OpenContext, openSpec, outputsOf } from "../beam";
import { deadLetterCoder } from "../chat/coders/dead-letter";
import type { UnpackSettings } from "../chat/steps/records/settings";
import { RecordParser } from "./parser";

/** The outputs of a source that emits what this parser makes of its records. */
export function sourceOutputs(parser: DoFnSpec) {
  const messageCoder = outputsOf(parser)["main"] as Coder<unknown>;
  return { messages: messageCoder, late: messageCoder, deadLetters: deadLetterCoder };
}

/** Opens a `Parser` by its specification, with how records hold messages. */
export async function openParser(
  parser: DoFnSpec,
  unpack: UnpackSettings | undefined,
  context: OpenContext,
): Promise<RecordParser> {
  return new RecordParser(await openSpec(parser, context), unpack);
}

/**
 * Counters of a source by their names. Records are counted in a plain object, which is cheap, and handed on at times.
 */
export class SourceCounters<Name extends string> {
  private readonly counters: readonly (readonly [Name, Counter])[];

  constructor(names: readonly Name[], metrics: Metrics) {
    this.counters = names.map((name) => [name, metrics.counter(name)]);
  }

  /** Adds the counts, and sets them to 0. */
  take(counts: Record<Name, number>): void {
    for (const [name, counter] of this.counters) {
      if (counts[name] > 0) counter.inc(counts[name]);
      counts[name] = 0;
    }
  }
}
