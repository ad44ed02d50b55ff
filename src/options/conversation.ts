/** Options that say who speaks, what a session is grouped by, and what else it is known by. */
import { MAX_ROLE_LENGTH, roleWord } from "../chat/steps/records/read-role";
import { type Attribute, ATTRIBUTE_VALUES } from "../chat/steps/records/settings";
import { type Kind, pattern } from "./kinds";
import { optional } from "./spec";

const PATH = /^[^.\s]+(\.[^.\s]+)*$/;
export const fieldPath = pattern("path", PATH, 'a field name or a dotted path such as "message.user.id"');

/** Values of more fields would make keys of more than a kilobyte. */
const MAX_KEY_FIELDS = 4;
const MAX_ATTRIBUTES = 16;
const MAX_ROLE_WORDS = 64;
/** Names become field names of the index. */
const NAME = "[a-zA-Z][a-zA-Z0-9_-]{0,63}";
const ATTRIBUTE = new RegExp(`^(${NAME})=([^,:]+)(?::(${ATTRIBUTE_VALUES.join("|")}))?$`);
const ATTRIBUTE_VALUE = new RegExp(`^(${NAME})=(.+)$`, "s");

/** `user`, or fields joined by `+`; undefined stands for the user. */
const sessionKey: Kind<readonly string[] | undefined> = {
  placeholder: "key",
  range: `user, a field, or up to ${MAX_KEY_FIELDS} fields joined by "+"`,
  parse(given) {
    if (given === "user") return { value: undefined };
    const fields = given.split("+");
    const fits = fields.length <= MAX_KEY_FIELDS && fields.every((field) => PATH.test(field));
    return fits && new Set(fields).size === fields.length
      ? { value: fields }
      : { mustBe: `"user", a field such as "chat.id", or up to ${MAX_KEY_FIELDS} of them such as "org.id+user.id"` };
  },
};

/** `agent=operator,agent=supervisor` → our roles by the producers' words. */
const roles: Kind<Readonly<Record<string, string>>> = {
  placeholder: "pairs",
  range: `up to ${MAX_ROLE_WORDS} pairs such as agent=operator`,
  parse(given) {
    const pairs = given.split(",").map((pair) => pair.split("=").map(roleWord));
    const isWord = (word: string | undefined): boolean =>
      word !== undefined && word !== "" && word.length <= MAX_ROLE_LENGTH;
    const fits = pairs.every(([role, word, ...more]) => isWord(role) && isWord(word) && more.length === 0);
    const words = new Map(pairs.map(([role, word]) => [word ?? "", role ?? ""]));
    return fits && words.size === pairs.length && words.size <= MAX_ROLE_WORDS
      ? { value: Object.fromEntries(words) }
      : { mustBe: `up to ${MAX_ROLE_WORDS} pairs such as agent=operator,agent=supervisor,bot=auto, each word once` };
  },
};

/** `channel=meta.channel,tenant=org.id:last` → named attributes. */
const attributes: Kind<readonly Attribute[]> = {
  placeholder: "pairs",
  range: `up to ${MAX_ATTRIBUTES} pairs such as channel=meta.channel, with :${ATTRIBUTE_VALUES.join(", :")}`,
  parse(given) {
    const found = given.split(",").flatMap((pair): Attribute[] => {
      const [, name, field, values = "first"] = ATTRIBUTE.exec(pair.trim()) ?? [];
      const kept = ATTRIBUTE_VALUES.find((each) => each === values);
      if (name === undefined || field === undefined || kept === undefined || !PATH.test(field)) return [];
      return [{ name, field, values: kept }];
    });
    const isWhole = found.length === given.split(",").length && found.length <= MAX_ATTRIBUTES;
    return isWhole && new Set(found.map(({ name }) => name)).size === found.length
      ? { value: found }
      : {
          mustBe: `up to ${MAX_ATTRIBUTES} pairs of a name (letters, digits, "_", "-") and a field, each name once, such as channel=meta.channel, with :last or :all where not the first value counts`,
        };
  },
};

/** A role as documents have it. */
export const role: Kind<string> = {
  placeholder: "role",
  range: undefined,
  parse(given) {
    const value = roleWord(given);
    return value === "" || value.length > MAX_ROLE_LENGTH
      ? { mustBe: `a role of up to ${MAX_ROLE_LENGTH} characters, such as agent` }
      : { value };
  },
};

/** `channel=web,tenant=acme` → values by names. */
export const attributeValues: Kind<Readonly<Record<string, string>>> = {
  placeholder: "pairs",
  range: "such as channel=web,tenant=acme",
  parse(given) {
    const pairs = given.split(",").map((pair) => ATTRIBUTE_VALUE.exec(pair.trim()));
    const found = pairs.flatMap((pair) => (pair === null ? [] : [[pair[1]!, pair[2]!.trim()] as const]));
    return found.length === pairs.length
      ? { value: Object.fromEntries(found) }
      : { mustBe: "names of attributes with their values, such as channel=web,tenant=acme" };
  },
};

/** The fields of the sample chat. */
export const OF_SAMPLE = {
  sessionKey: ["chatId"],
  roleField: "role",
  roles: { operator: "agent" },
  attributes: [
    { name: "channel", field: "meta.channel", values: "first" },
    { name: "tenant", field: "org.id", values: "first" },
  ],
} as const;

export const CONVERSATION = {
  sessionKey: optional(
    sessionKey,
    "What sessions are grouped by: the user, or the value of a field such as a chat's id",
    {
      otherwise: `user; ${OF_SAMPLE.sessionKey[0]} with the sample chat`,
    },
  ),
  roleField: optional(fieldPath, "Field of the author's role: customer, agent, bot, or any other word", {
    otherwise: `everybody is the customer; ${OF_SAMPLE.roleField} with the sample chat`,
  }),
  roles: optional(roles, "Roles for the words that producers have for them"),
  attributes: optional(
    attributes,
    "Named attributes of sessions, from fields of their messages: the first value, the last one, or all",
    { otherwise: "none; channel and tenant with the sample chat" },
  ),
} as const;
