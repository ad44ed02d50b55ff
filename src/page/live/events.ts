/** Server-sent events as text. Pure. */
import type { LiveEvent } from "./contract";

/** A line that says nothing, so that both ends see whether the other is there. */
export const HEARTBEAT = ": still here\n\n";

export function eventText({ event, data, ...rest }: LiveEvent): string {
  const id = "id" in rest ? `id: ${rest.id}\n` : "";
  // JSON has no line breaks of its own.
  return `event: ${event}\n${id}data: ${JSON.stringify(data)}\n\n`;
}
