/** Long enough for AWS's longest sentence about an account, with the ARNs in it. */
const MAX_CHARACTERS = 500;
/** Control characters and those that turn the direction of writing: a terminal would obey them. */
const COMMANDS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g; // eslint-disable-line no-control-regex -- exactly these

/**
 * AWS's own message, or that of another service, as it may stand beside an advice: on one line, cut, and in quotation
 * marks; empty when there is none. Only for messages that are sure not to quote a chat.
 */
export function ownWords(message: string, who = "AWS"): string {
  const line = message.toWellFormed().replace(COMMANDS, " ").replace(/\s+/g, " ").trim();
  if (line === "") return "";
  const characters = [...line];
  const cut = characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS).join("")}…` : line;
  return ` ${who} says: "${cut.replaceAll('"', "'")}"`;
}
