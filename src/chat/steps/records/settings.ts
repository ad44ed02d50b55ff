import type { Envelope } from "./envelopes";
import type { PrivacySettings } from "../../privacy/settings";
import type { TimestampUnit } from "./timestamp";

/** Forms in which the spellings of one user id are the same. */
export const USER_FORMS = ["nfc", "trim", "lower"] as const;
export type UserForm = (typeof USER_FORMS)[number];

/** How a record holds messages, where it is not one itself. Missing settings open nothing. */
export interface UnpackSettings {
  /** Opens records that are compressed, which their first bytes tell. */
  readonly payloadEncoding?: "plain" | "auto";
  /** Takes JSON values apart that stand in one record, one after the other or in a list. */
  readonly recordValues?: "one" | "many";
  readonly envelope?: Envelope;
  /** Path of the list, or lists within lists, of which each member is a message. */
  readonly messagesField?: string;
  /** Field of the event time, which is the envelope's where the message has none. */
  readonly timestampField: string;
}

/** The value of an attribute that counts: the first or the last one in a session, or all of them. */
export const ATTRIBUTE_VALUES = ["first", "last", "all"] as const;

/** A named attribute of sessions, from a field of their messages. */
export interface Attribute {
  readonly name: string;
  readonly field: string;
  readonly values: (typeof ATTRIBUTE_VALUES)[number];
}

/** Shape and limits of a message. Field names are dotted paths into the JSON object. */
export interface MessageSettings extends UnpackSettings {
  readonly userField: string;
  /** Fields whose values together are the session key; missing: the user is. */
  readonly sessionKey?: readonly string[];
  /** Field of the author's role; missing: everybody is the customer. */
  readonly roleField?: string;
  /** Roles by the lower-case words that producers have for them. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly attributes?: readonly Attribute[];
  /** True where a record may lack session key and role: it is then its user's, and the user the customer. */
  readonly isConversationOptional?: true;
  readonly contentField: string;
  readonly messageIdField: string;
  /** Field of what ids are unique in, such as a chat, where they are not unique for a user. */
  readonly messageIdScope?: string;
  readonly timestampField: string;
  readonly timestampUnit: TimestampUnit;
  /** Applied in this order. */
  readonly normalizeUser: readonly UserForm[];
  readonly maxMessageBytes: number;
  /** A timestamp further ahead of the record's arrival than this is absurd. */
  readonly maxFutureMs: number;
  /** A timestamp further behind the record's arrival than this is absurd. */
  readonly maxAgeMs: number;
  /** Missing: messages are kept as they came. */
  readonly privacy?: PrivacySettings;
}

/** Bounds of sessions, and of the parts that long ones are cut into. */
export interface SessionSettings {
  /** Two messages of a session key this far apart belong to two sessions. */
  readonly gapMs: number;
  /** A session open for longer than this, in processing time, is emitted early. */
  readonly maxOpenMs: number;
  /**
   * A session that holds this many messages is emitted early. A message larger than its share of `maxOpenBytes` counts
   * as several; small ones that came in one bundle count as one, for as long as they fit into one share (see
   * `fragments`).
   */
  readonly maxOpenMessages: number;
  /**
   * A session that holds this many bytes is emitted early, which bounds the memory of one key, give or take a message.
   */
  readonly maxOpenBytes: number;
  /** The effect of another text under a known id: both stay, or the last one stands in the place of the first. */
  readonly onEdit: "keep" | "replace";
  /** Attributes of a session, from those of its messages. */
  readonly attributes?: readonly Attribute[];
  readonly maxPartMessages: number;
  readonly maxPartTokens: number;
  /** UTF-8 bytes of content in one part, so that it fits a document. */
  readonly maxPartBytes: number;
}
