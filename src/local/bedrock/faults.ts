import { z } from "zod";
import { type Random, randomFrom } from "../random";

const fraction = z.number().min(0).max(1);

/** Faults made on purpose. Every chance is drawn from `seed`, one number per request, in the order of arrival. */
export const FAULTS = z.strictObject({
  /** Time that an answer takes. */
  latencyMs: z.number().min(0).max(600_000),
  throttleFraction: fraction,
  /** "reset" breaks connections, "503" answers so; false is up. */
  down: z.union([z.literal(false), z.literal("reset"), z.literal("503")]),
  /** Answers that do not fit the schema. */
  badAnswerFraction: fraction,
  /** Answers that end at the token limit. */
  cutFraction: fraction,
  /** Answers that a content filter stops. */
  filteredFraction: fraction,
  /** Requests refused as invalid. */
  rejectFraction: fraction,
  /** Models that the account may not use. */
  denied: z.array(z.string()),
  /** Models at the end of their life. */
  retired: z.array(z.string()),
  /** Floats in an embedding; null means the model's own number. */
  vectorSize: z.int().min(1).max(4_096).nullable(),
  seed: z.int(),
});

export type Faults = z.infer<typeof FAULTS>;

export const NO_FAULTS: Faults = {
  latencyMs: 0,
  throttleFraction: 0,
  down: false,
  badAnswerFraction: 0,
  cutFraction: 0,
  filteredFraction: 0,
  rejectFraction: 0,
  denied: [],
  retired: [],
  vectorSize: null,
  seed: 1,
};

/** The outcome of one request. */
export type Fate = "answer" | "throttle" | "reject" | "badAnswer" | "cut" | "filtered";

/** Draws fates; a new seed starts the sequence again. */
export class FateSource {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  next(faults: Faults): Fate {
    let draw = this.random.next();
    const chances: readonly (readonly [Fate, number])[] = [
      ["throttle", faults.throttleFraction],
      ["reject", faults.rejectFraction],
      ["badAnswer", faults.badAnswerFraction],
      ["cut", faults.cutFraction],
      ["filtered", faults.filteredFraction],
    ];
    for (const [fate, chance] of chances) {
      if (draw < chance) return fate;
      draw -= chance;
    }
    return "answer";
  }
}
