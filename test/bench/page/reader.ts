/** A reader of the page's API. */
export interface Reader {
  /** Resolves with an answer, and rejects a refusal. */
  readonly ask: (address: string) => Promise<unknown>;
  /** Takes what the page tells by itself, until the signal or the page ends it; resolves with its bytes. */
  readonly watch: (address: string, signal: AbortSignal) => Promise<number>;
}

/** Lets a reader in by the page's link. */
export async function reader(link: string): Promise<Reader> {
  const entered = await fetch(link);
  const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
  const headers = { cookie };
  return {
    async ask(address) {
      const answer = await fetch(new URL(address, link), { headers });
      const body: unknown = await answer.json();
      if (!answer.ok) throw new Error(`${address}: ${answer.status} ${JSON.stringify(body)}`);
      return body;
    },
    async watch(address, signal) {
      let bytes = 0;
      try {
        const { body } = await fetch(new URL(address, link), { headers, signal });
        for await (const chunk of body ?? []) bytes += (chunk as Uint8Array).length;
      } catch {
        // The page ends with its job.
      }
      return bytes;
    },
  };
}
