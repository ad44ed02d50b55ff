/** Requests and answers about dead letters, as `../contract.ts` has those about sessions. */
import { z } from "zod";
import { PIECES } from "../contract";

const MAX_VALUE_LENGTH = 512;

/** The letters that a request means: all, where it names neither. */
const LETTERS = {
  code: z.string().max(MAX_VALUE_LENGTH).optional().describe("Letters with this reason code"),
  stage: z.string().max(MAX_VALUE_LENGTH).optional().describe("Letters of this stage"),
};

export const LETTERS_REQUEST = z.strictObject({
  ...LETTERS,
  after: z
    .string()
    .max(MAX_VALUE_LENGTH)
    .regex(/^-?\d{1,15}_./)
    .optional()
    .describe("The `next` of the page before"),
  limit: z.coerce.number().int().min(1).max(100).default(25),
});

export const REDRIVE_REQUEST = z.strictObject({
  ...LETTERS,
  id: z.string().max(MAX_VALUE_LENGTH).optional().describe("The letter of this id"),
});

const LETTER = z.object({
  id: z.string(),
  code: z.string(),
  stage: z.string(),
  reason: z.string(),
  kind: z.enum(["record", "session", "alert"]),
  messageCount: z.number(),
  payloadBytes: z.number(),
  time: z.string(),
  writtenAt: z.string(),
  attempts: z.number(),
  isTruncated: z.boolean().describe("True where only the beginning of its record was kept"),
  state: z.enum(["open", "sealed", "dropped"]).describe("Whether its content can be read here"),
  sealedFor: z.string().optional().describe("Name of the key that opens it"),
});

export const LETTERS_ANSWER = z.object({
  letters: z.array(LETTER),
  next: z.string().optional().describe("Where the next page begins; missing on the last one"),
  total: z.number().describe("How many letters pass"),
  groups: z
    .array(z.object({ code: z.string(), stage: z.string(), count: z.number(), meaning: z.string(), mend: z.string() }))
    .describe("All letters by code and stage, whatever is asked for"),
});

export const LETTER_ANSWER = LETTER.extend({
  meaning: z.string(),
  mend: z.string().describe("What lets a redrive succeed"),
  position: z.string().describe("Where its record was read"),
  revealed: z.boolean().describe("True when nothing is masked"),
  content: z
    .union([
      z.object({ kind: z.literal("text"), text: PIECES, isCut: z.boolean() }),
      z.object({
        kind: z.literal("bytes"),
        hexadecimal: z.string().describe("Unless revealed, the first bytes alone"),
        isCut: z.boolean(),
      }),
      z.object({
        kind: z.literal("messages"),
        messages: z.array(z.object({ timestamp: z.string(), role: z.string().optional(), text: PIECES })),
        isCut: z.boolean(),
      }),
    ])
    .optional()
    .describe("Missing where it is sealed or dropped"),
});

const REDRIVE = z.object({
  filter: REDRIVE_REQUEST,
  startedAt: z.string(),
  endedAt: z.string().optional().describe("Missing while it runs"),
  total: z.number().describe("Letters that passed the filter at its start"),
  underWay: z.number().describe("Letters that run through the job now"),
  redriven: z.number(),
  succeeded: z.number(),
  failedAgain: z.number(),
  left: z.number().describe("Letters that cannot be redriven here: sealed, without content, or with a part of it only"),
  error: z.string().optional().describe("Why it ended early, in a sentence"),
});

export const REDRIVE_ANSWER = z.object({
  refusal: z.string().optional().describe("Why this server cannot redrive, in a sentence"),
  last: REDRIVE.optional().describe("The redrive that runs, or ran last, since this server's start"),
});

export type LettersRequest = z.output<typeof LETTERS_REQUEST>;
export type LettersAnswer = z.output<typeof LETTERS_ANSWER>;
export type LetterLine = z.output<typeof LETTER>;
export type LetterAnswer = z.output<typeof LETTER_ANSWER>;
export type RedriveRequest = z.output<typeof REDRIVE_REQUEST>;
export type RedriveAnswer = z.output<typeof REDRIVE_ANSWER>;
export type Redrive = z.output<typeof REDRIVE>;
