import { overviewOf, type ResponseTime } from "../../io/opensearch/searching/overview";
import { type PageSources, questionOf } from "../backend";
import type { OverviewAnswer, OverviewRequest } from "./contract";

/** Rejects with a `JobError`. */
export async function overviewAnswer(
  { openSearch, index }: PageSources,
  { zone, ...filters }: OverviewRequest,
): Promise<OverviewAnswer> {
  const question = questionOf({ ...filters, q: "", mode: "keyword", sort: "relevance", limit: 1, offset: 0 });
  const found = await overviewOf(openSearch, index, question, zone);
  const { total, users, answered, firstResponse, responseBands, interval, periods, intents, topics, languages } = found;
  return {
    total,
    users,
    answered,
    firstResponse: timeOf(firstResponse),
    responseBands: responseBands.map(({ belowMs, count }) => ({ belowMs: belowMs ?? null, count })),
    interval,
    periods: periods.map((period) => ({
      start: new Date(period.startMs).toISOString(),
      end: new Date(period.endMs).toISOString(),
      count: period.count,
      firstResponse: timeOf(period.firstResponse),
    })),
    intents: intents.map(({ value, count, sentiments, firstResponse: time }) => ({
      value,
      count,
      sentiments: sentiments.map((each) => ({ ...each })),
      firstResponse: timeOf(time),
    })),
    weeks: found.weeksMs.map((ms) => new Date(ms).toISOString()),
    topics: topics.map(({ value, count, byWeek }) => ({ value, count, byWeek: [...byWeek] })),
    languages: languages.map((each) => ({ ...each })),
  };
}

function timeOf(time: ResponseTime | undefined): OverviewAnswer["firstResponse"] {
  return time === undefined ? null : { ...time };
}
