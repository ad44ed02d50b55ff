import { z } from "zod";
import { type Random, randomFrom } from "../random";
import { REFUSAL_NAMES } from "./refusals";
import { WRAPPING_NAMES } from "./wrappings";

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
  /** Answers that a guardrail stops. */
  guardrailFraction: fraction,
  /** Tokens of input above which the context has no room left for an answer; null: none. */
  fullContextTokens: z.int().min(1).nullable(),
  /** Requests refused as invalid, whatever they hold. */
  rejectFraction: fraction,
  /** The chances above are those of requests that hold this text only; empty: of all. */
  faultText: z.string(),
  /** Requests that hold this text are refused as invalid; empty: none. */
  rejectText: z.string(),
  /** AWS's refusal of every request, by its name in refusals.ts; null: none. */
  refusal: z.enum(REFUSAL_NAMES).nullable(),
  /** Models that `refusal` is about; empty: all. */
  refusedModels: z.array(z.string()),
  /** How Claude wraps its answer to a tool, by the name in wrappings.ts; null: as asked. */
  wrapping: z.enum(WRAPPING_NAMES).nullable(),
  /** Models are there only in the regions that AWS has them in, by the region that the request is signed for. */
  byRegion: z.boolean(),
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
  guardrailFraction: 0,
  fullContextTokens: null,
  rejectFraction: 0,
  faultText: "",
  rejectText: "",
  refusal: null,
  refusedModels: [],
  wrapping: null,
  byRegion: false,
  denied: [],
  retired: [],
  vectorSize: null,
  seed: 1,
};

/** The outcome of one request. */
export type Fate = "answer" | "throttle" | "reject" | "badAnswer" | "cut" | "filtered" | "guardrail";

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
      ["guardrail", faults.guardrailFraction],
    ];
    for (const [fate, chance] of chances) {
      if (draw < chance) return fate;
      draw -= chance;
    }
    return "answer";
  }
}
