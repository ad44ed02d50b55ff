import { BEAM_CODES, BeamError, declareCodes } from "../beam/error";
import type { Stage } from "./stages";

/**
 * Codes of messages and sessions that can never succeed as they are: they become dead letters. `mend` says what lets a
 * redrive succeed, or that nothing does.
 */
export const DEAD_LETTER_CODES = {
  UNREADABLE: {
    stage: "parse",
    meaning: "the record is not UTF-8 JSON",
    mend: "Compressed records are read with --payload-encoding auto, joined values with --record-values many. Otherwise the producer must send JSON.",
  },
  NOT_AN_OBJECT: {
    stage: "parse",
    meaning: "the record is JSON, but not an object",
    mend: "Lists of messages are read with --record-values many. Otherwise the producer must send an object.",
  },
  AMBIGUOUS: {
    stage: "parse",
    meaning: "a field stands in the record twice, nested and as a key with dots, with different values",
    mend: "Name another field that says the same, or have the producer send it once.",
  },
  NO_USER: {
    stage: "parse",
    meaning: "the user id is missing, empty, too long, or neither a string nor an exact whole number",
    mend: "Redrive with --user-field if the id is in another field, or with --messages-field or --envelope if messages lie deeper in the record.",
  },
  NO_SESSION_KEY: {
    stage: "parse",
    meaning: "a field of --session-key is missing, empty, too long, or neither a string nor an exact whole number",
    mend: "Redrive with a --session-key whose fields these messages have.",
  },
  BAD_ROLE: {
    stage: "parse",
    meaning: "the role is too long, or neither a string, nor a whole number, nor true or false",
    mend: "Redrive with the --role-field that holds the role.",
  },
  NO_CONTENT: {
    stage: "parse",
    meaning: "the content is missing, empty or not a string",
    mend: "Redrive with --content-field if the text is in another field. A message without text, such as a picture, stays.",
  },
  TOO_LARGE: {
    stage: "parse",
    meaning: "the record is larger than a message may be",
    mend: "Redrive with a larger --max-message-bytes.",
  },
  BAD_TIMESTAMP: {
    stage: "parse",
    meaning: "the timestamp is unreadable, or too far from the record's arrival",
    mend: "Redrive with --timestamp-field or --timestamp-unit if the time is told otherwise, or with a larger --max-age or --max-future if it is right.",
  },
  OVERFULL: {
    stage: "parse",
    meaning: "the record holds more user records or messages than fit in it",
    mend: "The producer must send smaller records.",
  },
  TOO_LATE: {
    stage: "source",
    meaning: "the message came so late that its session is already closed",
    mend: "Redrive it: without --late letter it joins its session.",
  },
  MODEL_REFUSED: {
    stage: "summarise",
    meaning: "the model rejected the request",
    mend: "Redrive with another --summary-model, or with smaller parts (--max-part-tokens).",
  },
  BAD_ANSWER: {
    stage: "summarise",
    meaning: "the model's answer did not fit the schema, also when asked again",
    mend: "Redrive it, since answers vary; if it fails again, with another --summary-model.",
  },
  ANSWER_CUT: {
    stage: "summarise",
    meaning: "the model's answer was cut at its token limit, also with a larger one",
    mend: "Redrive with a larger --max-tokens, or with smaller parts (--max-part-tokens).",
  },
  EMBEDDING_REFUSED: {
    stage: "embed",
    meaning: "the embedding model rejected the request",
    mend: "Look at the reason; redrive when the model takes such requests.",
  },
  DOCUMENT_REFUSED: {
    stage: "write",
    meaning: "OpenSearch rejected the document",
    mend: "Mend the mapping or the ingest pipeline that the reason names, then redrive.",
  },
  ALERT_REFUSED: {
    stage: "alert",
    meaning: "a receiver rejected the alert",
    mend: "Mend the receiver, then redrive.",
  },
  ALERT_NOT_TAKEN: {
    stage: "alert",
    meaning: "a receiver was away for too long, or too many alerts waited for it",
    mend: "Redrive when the receiver answers again.",
  },
} as const satisfies Record<string, { readonly stage: Stage; readonly meaning: string; readonly mend: string }>;

export type DeadLetterCode = keyof typeof DEAD_LETTER_CODES;

const OF_NEWER_VERSION = { meaning: "of a newer version of the job", mend: "Update this program." } as const;

/** Returns the words about a code as a letter holds it, which a later version of the job may have written. */
export function deadLetterWords(code: string): { readonly meaning: string; readonly mend: string } {
  const known = Object.hasOwn(DEAD_LETTER_CODES, code) ? DEAD_LETTER_CODES[code as DeadLetterCode] : OF_NEWER_VERSION;
  return { meaning: known.meaning, mend: known.mend };
}

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
