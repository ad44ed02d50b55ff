import assert from "node:assert/strict";
import { refuseLosses, unaccounted } from "../../../../src/cli/start/losses";
import type { Totals } from "../../../../src/cli/start/totals";

const TOTALS: Totals = {
  ...{ read: 10, indexed: 4, alreadyIndexed: 2, duplicates: 1, deadLetters: 2, suppressed: 1 },
  ...{ sessions: 2, documents: 2 },
};
/** One receiver took all but one, another one none. */
const ALERTS = {
  ...{ alertsRaised: 9, alertsSuppressed: 4, alertsLogged: 5 },
  ...{ alertsToWebhook: 4, alertsUndelivered: 6 },
};

describe("the account of a run", () => {
  it("holds where each message and alert has ended somewhere", () => {
    refuseLosses({ ...TOTALS, edits: 2, unusableIds: 2 }, 0);
    refuseLosses({ ...TOTALS, ...ALERTS }, 2);
    refuseLosses({ ...TOTALS, alertsRaised: 1, alertsLogged: 1 }, 0);
  });

  it("tells messages that are lost, or counted twice", () => {
    assert.throws(() => refuseLosses({ ...TOTALS, read: 12 }, 0), {
      code: "LOST_MESSAGES",
      message: /^2 messages were/,
    });
    assert.throws(() => refuseLosses({ ...TOTALS, duplicates: 2 }, 0), {
      message: /^1 messages are .* more than once/,
    });
    assert.equal(unaccounted({ ...TOTALS, read: 12 }), 2);
  });

  it("tells alerts that are neither delivered nor suppressed nor letters, or counted twice", () => {
    const lacks = (change: Partial<Totals>, receivers: number, message: RegExp): void =>
      assert.throws(() => refuseLosses({ ...TOTALS, ...ALERTS, ...change }, receivers), {
        code: "LOST_ALERTS",
        message,
      });
    lacks({ alertsRaised: 10 }, 2, /^1 alerts were raised and are neither/);
    lacks({ alertsLogged: 4 }, 2, /^1 alerts were raised/);
    lacks({ alertsSuppressed: 5 }, 2, /^1 alerts are accounted for more than once/);
    lacks({ alertsToWebhook: 3 }, 2, /^1 alerts were raised/);
    lacks({ alertsUndelivered: 0 }, 2, /^6 alerts were raised/);
    lacks({}, 3, /^5 alerts were raised/);
    lacks({}, 1, /^5 alerts are accounted for more than once/);
  });
});
