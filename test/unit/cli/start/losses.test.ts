import assert from "node:assert/strict";
import { refuseLosses, unaccounted } from "../../../../src/cli/start/losses";
import type { ReceiverName } from "../../../../src/chat/alerts/letters";
import type { Totals } from "../../../../src/cli/start/totals";

const TOTALS: Totals = {
  ...{ read: 10, indexed: 4, alreadyIndexed: 2, duplicates: 1, deadLetters: 2, suppressed: 1 },
  ...{ sessions: 2, documents: 2 },
};
/** One receiver took all but one, another one none. */
const ALERTS = {
  ...{ alertsRaised: 9, alertsSuppressed: 4, alertsLogged: 5 },
  ...{ alertsToWebhook: 4, alertsUndelivered: 6, alertsUndelivered_webhook: 1, alertsUndelivered_eventbridge: 5 },
};
const BOTH = ["webhook", "eventbridge"] as const;

describe("the account of a run", () => {
  it("holds where each message and alert has ended somewhere", () => {
    refuseLosses({ ...TOTALS, edits: 2, unusableIds: 2 }, []);
    refuseLosses({ ...TOTALS, ...ALERTS }, BOTH);
    refuseLosses({ ...TOTALS, alertsRaised: 1, alertsLogged: 1 }, []);
  });

  it("tells messages that are lost, or counted twice", () => {
    assert.throws(() => refuseLosses({ ...TOTALS, read: 12 }, []), {
      code: "LOST_MESSAGES",
      message: /^2 messages were/,
    });
    assert.throws(() => refuseLosses({ ...TOTALS, duplicates: 2 }, []), {
      message: /^1 messages are .* more than once/,
    });
    assert.equal(unaccounted({ ...TOTALS, read: 12 }), 2);
  });

  it("tells alerts that are neither delivered nor suppressed nor letters, or counted twice", () => {
    const lacks = (change: Partial<Totals>, receivers: readonly ReceiverName[], message: RegExp): void =>
      assert.throws(() => refuseLosses({ ...TOTALS, ...ALERTS, ...change }, receivers), {
        code: "LOST_ALERTS",
        message,
      });
    lacks({ alertsRaised: 10 }, BOTH, /^1 alerts were raised and are neither/);
    lacks({ alertsLogged: 4 }, BOTH, /^1 alerts were raised and are neither suppressed nor in their log/);
    lacks({ alertsSuppressed: 5 }, BOTH, /^1 alerts are in their log more than once/);
    lacks({ alertsToWebhook: 3 }, BOTH, /^1 alerts were raised .* nor taken by the webhook or a dead letter of it/);
    lacks({ alertsUndelivered_eventbridge: 0 }, BOTH, /^5 alerts were raised .* by EventBridge/);
    lacks({ alertsToWebhook: 5 }, ["webhook"], /^1 alerts are taken by the webhook .* more than once/);
  });

  it("tells a receiver's loss that another one's surplus would hide", () => {
    const hidden = { ...TOTALS, ...ALERTS, alertsToWebhook: 5, alertsUndelivered_eventbridge: 4 };
    assert.throws(() => refuseLosses(hidden, BOTH), {
      code: "LOST_ALERTS",
      message: /^1 alerts were raised .* by EventBridge/,
    });
  });
});
