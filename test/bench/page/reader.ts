/** A reader of the page's API, let in by its link. Resolves with a function that asks, and rejects a refusal. */
export async function reader(link: string): Promise<(address: string) => Promise<unknown>> {
  const entered = await fetch(link);
  const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
  return async (address) => {
    const answer = await fetch(new URL(address, link), { headers: { cookie } });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${address}: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  };
}
