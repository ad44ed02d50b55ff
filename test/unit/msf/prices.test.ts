import assert from "node:assert/strict";
import { costLines, monthlyCosts } from "../../../runners/msf/prices";
import { DEPLOYMENTS, PLAIN } from "../../support/aws/deployments";

const USE = {
  summaryModel: "global.anthropic.claude-haiku-4-5-20251001-v1:0",
  embeddingModel: "amazon.titan-embed-text-v1",
  sessionsPerDay: 1_000,
};

describe("the costs of a deployment", () => {
  it("count the service's own KPU, and tokens by the session", () => {
    const costs = monthlyCosts(PLAIN, USE);
    const usd = (what: RegExp): number => costs.find((cost) => what.test(cost.what))?.usd ?? Number.NaN;
    assert.ok(Math.abs(usd(/^3 KPUs/) - (3 * 0.11 * 730 + 2 * 5)) < 0.01);
    // 30,400 sessions of 1,000 tokens in at 1 dollar, and 250 out at 5 dollars, a million.
    assert.ok(Math.abs(usd(/^summaries/) - (30.4 + 38)) < 0.01);
  });

  it("leave out what is the user's own", () => {
    const own = monthlyCosts(DEPLOYMENTS["all of the user's own"]!, USE).map(({ what }) => what);
    assert.ok(!own.some((what) => /stream|OpenSearch/.test(what)));
  });

  it("say what is not known instead of leaving it out", () => {
    const lines = costLines(monthlyCosts(PLAIN, { ...USE, summaryModel: "acme.new-model" }));
    assert.ok(lines.some((line) => /^ +\? +summaries/.test(line)));
    assert.match(lines.at(-2)!, /together and what is not known here$/);
  });

  it("name what a guarded deployment pays by use", () => {
    const guarded = Object.entries(DEPLOYMENTS).find(([name]) => name.startsWith("guarded"))![1];
    const lines = costLines(monthlyCosts(guarded, USE)).join("\n");
    assert.match(lines, /^ +\? +the audit log, 0\.50 a GB$/m);
    assert.match(lines, /^ +\? +calls to your key, 0\.03 for 10,000$/m);
  });

  it("say what goes on while the job is stopped: everything but KPUs and tokens", () => {
    const costs = monthlyCosts(PLAIN, USE);
    const usd = costs
      .filter(({ what }) => !/KPUs|summaries|embeddings/.test(what))
      .map((cost) => cost.usd ?? Number.NaN);
    const sum = usd.reduce((total, each) => total + each, 0);
    assert.match(costLines(costs).at(-1)!, new RegExp(`^ +${sum.toFixed(0)}  of it while the job is stopped`));
  });
});
