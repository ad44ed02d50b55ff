/** All that a cluster holds, as text, with no code of the job: payloads of dead letters are decoded. */

interface Hit {
  readonly _index: string;
  readonly _id: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

/** Indexes whose names begin with this, by name: each document as text. */
export async function allText(url: string, index: string): Promise<ReadonlyMap<string, readonly string[]>> {
  await fetch(`${url}/${index}*/_refresh`, { method: "POST" });
  const answer = await fetch(`${url}/${index}*/_search?size=5000`);
  const { hits } = (await answer.json()) as { hits: { hits: readonly Hit[] } };
  const texts = new Map<string, string[]>();
  for (const { _index, _source } of hits.hits) {
    const { payload } = _source;
    const opened = typeof payload === "string" ? Buffer.from(payload, "base64").toString("latin1") : "";
    texts.set(_index, [...(texts.get(_index) ?? []), `${JSON.stringify(_source)} ${opened}`]);
  }
  return texts;
}

/** Documents of these indexes that hold the words. */
export async function hitsOf(url: string, index: string, words: RegExp): Promise<readonly string[]> {
  const texts = await allText(url, index);
  return [...texts].flatMap(([name, own]) => own.filter((text) => words.test(text)).map((text) => `${name}: ${text}`));
}
