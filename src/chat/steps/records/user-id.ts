import { fieldAt } from "./fields";
import { asText } from "./message-id";
import type { MessageSettings, UserForm } from "./settings";

/** Longer user ids, with the text added to them, would exceed OpenSearch's limit of 512 bytes for ids and keywords. */
const MAX_LENGTH = 256;

const NORMALIZE: Readonly<Record<UserForm, (text: string) => string>> = {
  nfc: (text) => text.normalize("NFC"),
  trim: (text) => text.trim(),
  lower: (text) => text.toLowerCase(),
};

/** The user id of a record whose long integers are strings; undefined when there is none that can be used. */
export function readUser(record: object, { userField, normalizeUser }: MessageSettings): string | undefined {
  return userIdOf(asText(fieldAt(record, userField)) ?? "", normalizeUser);
}

/** The text when it can be an id that sessions are grouped by. */
export function usable(text: string): string | undefined {
  return text.trim() === "" || text.length > MAX_LENGTH || !text.isWellFormed() ? undefined : text;
}

/** The id as messages of the user have it; undefined when none can. */
export function userIdOf(given: string, forms: readonly UserForm[]): string | undefined {
  return usable(normalized(given, forms));
}

/** The user id in the forms that the settings ask for, so that one user's spellings make one session. */
function normalized(userId: string, forms: readonly UserForm[]): string {
  let text = userId;
  for (const form of forms) text = NORMALIZE[form](text);
  return text;
}
