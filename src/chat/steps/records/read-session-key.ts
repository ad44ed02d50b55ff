import { fieldAt } from "./fields";
import { asText } from "./message-id";
import type { MessageSettings } from "./settings";
import { readUser, usable } from "./user-id";

/**
 * The session key in a record whose long integers are strings: the value of a single field, or a list of several as
 * JSON, such as `["acme","alice"]`. The user's own field counts as the user id. `missing` names the first field without
 * a value that can be used.
 */
export function readSessionKey(
  record: object,
  fields: readonly string[],
  settings: MessageSettings,
): { readonly text: string } | { readonly missing: string } {
  const values: string[] = [];
  for (const field of fields) {
    const isUser = field === settings.userField;
    const value = isUser ? readUser(record, settings) : usable(asText(fieldAt(record, field)) ?? "");
    if (value === undefined) return { missing: field };
    values.push(value);
  }
  return { text: values.length === 1 ? values[0]! : JSON.stringify(values) };
}
