import { z } from "zod";

const fraction = z.number().min(0).max(1);

/** Faults made on purpose. Every chance is drawn from `seed`, one number per event, in the order of arrival. */
export const FAULTS = z.strictObject({
  /** "reset" breaks connections, "503" answers so, "hang" never answers; false is up. */
  down: z.union([z.literal(false), z.literal("reset"), z.literal("503"), z.literal("hang")]),
  /** Events that are throttled: a webhook's request by status 429, an entry of EventBridge by itself. */
  throttleFraction: fraction,
  /** Events that are refused for good. */
  refuseFraction: fraction,
  seed: z.int(),
});
export type Faults = z.infer<typeof FAULTS>;

export const NO_FAULTS: Faults = { down: false, throttleFraction: 0, refuseFraction: 0, seed: 1 };
