/** Counts documents, dead letters and alerts by the minute in which they were written. */
import { JobError } from "../../../chat/errors";
import type { OpenSearchClient } from "../requests/client";
import { multiAnswers } from "./multi-search";

interface ActivityIndexes {
  readonly index: string;
  readonly deadLetterIndex: string;
  readonly alertIndex: string;
}

/** Counts by minute, the oldest first. An index that is not there has none. */
interface Activity {
  /** Beginnings of the minutes, in milliseconds since the epoch. */
  readonly startsMs: readonly number[];
  /** Documents of sessions. */
  readonly indexed: readonly number[];
  /** Messages in them. */
  readonly messages: readonly number[];
  readonly deadLetters: readonly number[];
  readonly alerts: readonly number[];
}

const MINUTE_MS = 60_000;

/** Rejects with a `JobError`. */
export async function activityOf(
  client: OpenSearchClient,
  { index, deadLetterIndex, alertIndex }: ActivityIndexes,
  minutes: number,
  nowMs: number,
): Promise<Activity> {
  const lastMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const startsMs = Array.from({ length: minutes }, (_, place) => lastMs - (minutes - 1 - place) * MINUTE_MS);
  const count = (name: string, field: string, sum?: string): Promise<Counts> =>
    countsByMinute(client, name, { field, fromMs: startsMs[0]!, ...(sum === undefined ? {} : { sum }) });
  const [sessions, letters, alerts] = await Promise.all([
    count(index, "indexedAt", "messageCount"),
    count(deadLetterIndex, "writtenAt", "messageCount"),
    count(alertIndex, "writtenAt"),
  ]);
  return {
    startsMs,
    indexed: startsMs.map((ms) => sessions.get(ms)?.documents ?? 0),
    messages: startsMs.map((ms) => sessions.get(ms)?.sum ?? 0),
    deadLetters: startsMs.map((ms) => letters.get(ms)?.sum ?? 0),
    alerts: startsMs.map((ms) => alerts.get(ms)?.documents ?? 0),
  };
}

type Counts = ReadonlyMap<number, { readonly documents: number; readonly sum: number }>;

interface Counted {
  readonly field: string;
  readonly fromMs: number;
  /** A field whose values are summed up too. */
  readonly sum?: string;
}

async function countsByMinute(
  client: OpenSearchClient,
  index: string,
  { field, fromMs, sum }: Counted,
): Promise<Counts> {
  const search = {
    size: 0,
    track_total_hits: false,
    query: { range: { [field]: { gte: new Date(fromMs).toISOString() } } },
    aggs: {
      minutes: {
        date_histogram: { field, fixed_interval: "1m", min_doc_count: 1 },
        ...(sum === undefined ? {} : { aggs: { sum: { sum: { field: sum } } } }),
      },
    },
  };
  try {
    const [answer] = await multiAnswers(client, index, [search]);
    const { minutes } = (answer?.aggregations ?? {}) as { readonly minutes?: { readonly buckets: readonly Bucket[] } };
    return new Map(
      (minutes?.buckets ?? []).map(({ key, doc_count: documents, sum: found }) => [
        key,
        { documents, sum: found?.value ?? 0 },
      ]),
    );
  } catch (error) {
    if (error instanceof JobError && error.code === "INDEX_MISFIT") return new Map();
    throw error;
  }
}

interface Bucket {
  readonly key: number;
  readonly doc_count: number;
  readonly sum?: { readonly value: number };
}
