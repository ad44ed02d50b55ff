import { type ChatMessage, CUSTOMER } from "../../model";
import { roleOf } from "./speakers";

export interface FirstResponse {
  /** The customer's first message. */
  readonly asked: ChatMessage;
  /** Time until the next message of another role. */
  readonly afterMs: number;
}

/** Takes messages in their order; undefined where nobody answers a customer. */
export function firstResponse(messages: readonly ChatMessage[]): FirstResponse | undefined {
  const first = messages.findIndex((message) => roleOf(message) === CUSTOMER);
  if (first < 0) return undefined;
  const answer = messages.find((message, index) => index > first && roleOf(message) !== CUSTOMER);
  const asked = messages[first]!;
  return answer === undefined ? undefined : { asked, afterMs: answer.timestampMs - asked.timestampMs };
}
