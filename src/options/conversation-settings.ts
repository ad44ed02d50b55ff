import type { MessageSettings } from "../chat/steps/records/settings";
import { CONVERSATION, OF_SAMPLE } from "./conversation";
import type { Given } from "./given";

type Settings = Pick<MessageSettings, keyof typeof CONVERSATION | "isConversationOptional">;

/**
 * The settings of what was given, or of the sample chat where it is fed and nothing was. Messages of one's own beside
 * the sample need not have its fields.
 */
export function conversationSettings({ values, origins }: Given, isSample: boolean): Settings {
  const fallback: Settings = isSample ? OF_SAMPLE : {};
  const found = (Object.keys(CONVERSATION) as (keyof typeof CONVERSATION)[]).map((key) => {
    return [key, origins[key] === "default" ? fallback[key] : values[key]] as const;
  });
  const known = Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Settings;
  const isOfSample = isSample && origins.sessionKey === "default" && origins.roleField === "default";
  const settings: Settings = isOfSample ? { ...known, isConversationOptional: true } : known;
  // The user's field alone is the user, under whatever name.
  const { sessionKey, ...others } = settings;
  return sessionKey?.length === 1 && sessionKey[0] === values.userField ? others : settings;
}
