import { globalNotice, type SummariseSettings } from "../io/bedrock/settings";

/** Says once where the default model may take the text of chats, when that is any region. */
export function sayWhereTextMayGo(
  all: readonly Pick<SummariseSettings, "model" | "bedrock">[],
  say: (line: string) => void,
): void {
  const notices = all.map(globalNotice).filter((notice) => notice !== undefined);
  for (const notice of new Set(notices)) say(notice);
}
