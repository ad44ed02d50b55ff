/** What alerts of the job of `npm start` lead to. */
import assert from "node:assert/strict";
import { findServices } from "../../../src/local/folder";
import type { Watched } from "../../support/page/browser";
import { until } from "../../support/until";

export interface AlertingJob {
  readonly folder: string;
  readonly link: string;
  readonly look: () => Promise<Watched>;
}

interface Received {
  readonly event: { readonly data: { readonly lane: string; readonly link?: string } };
}

const LANES = [
  ["session", ".bubble"],
  ["message", ".hit"],
] as const;

export function isLedToByAlerts(of: () => AlertingJob): void {
  it("is where the job's alerts lead: to the session, or to those at the message's time, for who is in", async () => {
    const { folder, link, look } = of();
    const { receiver } = (await findServices(folder))!;
    const told = async (lane: string): Promise<Received | undefined> => {
      const answer = await fetch(`${receiver}/_local/alerts?after=0`);
      const { alerts } = (await answer.json()) as { readonly alerts: readonly Received[] };
      return alerts.find(({ event }) => event.data.lane === lane);
    };
    const { page, troubles } = await look();
    for (const [lane, shown] of LANES) {
      await until(`an alert of a ${lane} came`, async () => (await told(lane)) !== undefined);
      const to = (await told(lane))?.event.data.link ?? assert.fail(`the alert of a ${lane} has no link`);
      assert.equal(new URL(to).origin, new URL(link).origin);
      assert.doesNotMatch(to, /token/);
      await page.goto(to);
      await page.waitForSelector(shown);
      assert.equal((await fetch(to)).status, 401);
    }
    assert.deepEqual(troubles, []);
  });
}
