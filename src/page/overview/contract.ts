/** Request and answer of the overview. */
import { z } from "zod";
import { INTERVALS } from "../../io/opensearch/searching/overview";
import { FACETS_REQUEST } from "../contract";

const MAX_ZONE_LENGTH = 64;

export const OVERVIEW_REQUEST = FACETS_REQUEST.omit({ q: true, mode: true }).extend({
  zone: z
    .string()
    .max(MAX_ZONE_LENGTH)
    .refine(isZone)
    .default("UTC")
    .describe("The time zone in which days and weeks begin, as in Europe/Rome"),
});

const COUNT = z.object({ value: z.string(), count: z.number() });
const RESPONSE_TIME = z
  .object({ medianMs: z.number(), p90Ms: z.number() })
  .nullable()
  .describe("Time to the first response; null where nobody was answered");

export const OVERVIEW_ANSWER = z.object({
  total: z.number(),
  users: z.number(),
  answered: z.number().describe("Sessions in which somebody answered a customer"),
  firstResponse: RESPONSE_TIME,
  responseBands: z.array(z.object({ belowMs: z.number().nullable(), count: z.number() })),
  interval: z.enum(INTERVALS),
  periods: z.array(z.object({ start: z.string(), end: z.string(), count: z.number(), firstResponse: RESPONSE_TIME })),
  intents: z.array(COUNT.extend({ sentiments: z.array(COUNT), firstResponse: RESPONSE_TIME })),
  weeks: z.array(z.string()).describe("Beginnings of the last weeks"),
  topics: z.array(COUNT.extend({ byWeek: z.array(z.number()) })),
  languages: z.array(COUNT),
});

export type OverviewRequest = z.output<typeof OVERVIEW_REQUEST>;
export type OverviewAnswer = z.output<typeof OVERVIEW_ANSWER>;

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
