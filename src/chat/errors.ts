import { BEAM_CODES, BeamError, declareCodes } from "../beam/error";
import type { Stage } from "./stages";

/** Codes of messages and sessions that can never succeed as they are: they become dead letters. */
export const DEAD_LETTER_CODES = {
  UNREADABLE: { stage: "parse", meaning: "the record is not UTF-8 JSON" },
  NOT_AN_OBJECT: { stage: "parse", meaning: "the record is JSON, but not an object" },
  AMBIGUOUS: {
    stage: "parse",
    meaning: "a field stands in the record twice, nested and as a key with dots, with different values",
  },
  NO_USER: {
    stage: "parse",
    meaning: "the user id is missing, empty, too long, or neither a string nor an exact whole number",
  },
  NO_SESSION_KEY: {
    stage: "parse",
    meaning: "a field of --session-key is missing, empty, too long, or neither a string nor an exact whole number",
  },
  BAD_ROLE: {
    stage: "parse",
    meaning: "the role is too long, or neither a string, nor a whole number, nor true or false",
  },
  NO_CONTENT: { stage: "parse", meaning: "the content is missing, empty or not a string" },
  TOO_LARGE: { stage: "parse", meaning: "the record is larger than a message may be" },
  BAD_TIMESTAMP: { stage: "parse", meaning: "the timestamp is unreadable, or too far from the record's arrival" },
  OVERFULL: { stage: "parse", meaning: "the record holds more user records or messages than fit in it" },
  TOO_LATE: { stage: "source", meaning: "the message came so late that its session is already closed" },
  MODEL_REFUSED: { stage: "summarise", meaning: "the model rejected the request" },
  BAD_ANSWER: { stage: "summarise", meaning: "the model's answer did not fit the schema, also when asked again" },
  ANSWER_CUT: { stage: "summarise", meaning: "the model's answer was cut at its token limit, also with a larger one" },
  EMBEDDING_REFUSED: { stage: "embed", meaning: "the embedding model rejected the request" },
  DOCUMENT_REFUSED: { stage: "write", meaning: "OpenSearch rejected the document" },
  ALERT_REFUSED: { stage: "alert", meaning: "a receiver rejected the alert" },
  ALERT_NOT_TAKEN: { stage: "alert", meaning: "a receiver was away for too long, or too many alerts waited for it" },
} as const satisfies Record<string, { readonly stage: Stage; readonly meaning: string }>;

export type DeadLetterCode = keyof typeof DEAD_LETTER_CODES;

/**
 * Codes of troubles that end the run, or keep it from starting: a setting, a right or a service that the user must
 * mend.
 */
export const FATAL_CODES = {
  ...BEAM_CODES,
  NO_CREDENTIALS: "no AWS credentials were found, or AWS does not accept them",
  ACCESS_DENIED: "a service refused the credentials or the account, or they lack a right",
  STREAM_NOT_FOUND: "the Kinesis stream does not exist",
  INPUT_NOT_FOUND: "the input has no file that can be read",
  INPUT_CHANGED: "a file of the input changed while it was read",
  MODEL_NOT_FOUND: "the model does not exist in this region, has reached its end of life, or is not enabled",
  VECTOR_SIZE: "the embedding model's vectors do not have the index's size",
  INDEX_MISFIT: "the existing index does not fit the documents",
  INDEX_UNSUPPORTED: "the kind of OpenSearch collection cannot hold the documents",
  DEPLOYMENT: "the application on the managed service, or what belongs to it, is in a state that does not allow this",
  LOST_MESSAGES: "the messages read are not all accounted for",
  LOST_ALERTS: "the alerts raised are not all accounted for",
} as const;

export type FatalCode = keyof typeof FATAL_CODES;

declareCodes(Object.keys(FATAL_CODES));

/** An error of the job. `message` is one sentence (or two) that says what to do; it never holds chat text. */
export class JobError extends BeamError {
  declare readonly code: FatalCode;

  constructor(code: FatalCode, message: string, options?: { readonly cause?: unknown }) {
    super(code, message, options);
    this.name = "JobError";
  }
}
