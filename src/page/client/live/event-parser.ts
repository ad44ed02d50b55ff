/** Reads server-sent events. Pure. */

export interface ServerEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** Takes a stream's text piece by piece, however it is cut. */
export class EventParser {
  private rest = "";

  /** Returns the events that are whole by now. */
  take(text: string): readonly ServerEvent[] {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.flatMap(eventOf);
  }
}

/** None for a comment, which is a heartbeat. */
function eventOf(block: string): readonly ServerEvent[] {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  const data = fields.get("data");
  return data === undefined ? [] : [{ event: fields.get("event") ?? "message", id: fields.get("id"), data }];
}
