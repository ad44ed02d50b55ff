import assert from "node:assert/strict";
import { costLines, monthlyCosts } from "../../../runners/msf/prices";
import { metricsOf, PUBLISHED_METRICS } from "../../../runners/msf/template/metrics";
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

  it("count each metric of an alarm's formula, and each metric of the job that is published", () => {
    const metrics = monthlyCosts(PLAIN, USE).find(({ what }) => what.startsWith("CloudWatch"));
    assert.match(metrics?.what ?? "", /alarms on 13 metrics, \d+ metrics of the job/);
    // Three dollars for the dashboard, thirteen metrics in eight alarms.
    assert.equal(metrics?.usd, 3 + 13 * 0.1 + metricsOf({}).length * 0.3);
  });

  it("count those of a receiver of alerts with it alone", () => {
    const names = (eventBus?: string, webhookKeyArn?: string): readonly string[] =>
      metricsOf({ eventBus, webhookKeyArn });
    assert.deepEqual(names("bus", "arn"), PUBLISHED_METRICS);
    assert.equal(names("bus").filter((name) => /webhook/i.test(name)).length, 0);
    assert.equal(names(undefined, "arn").filter((name) => /eventbridge/i.test(name)).length, 0);
    for (const one of [names("bus"), names(undefined, "arn")]) assert.equal(one.length - names().length, 8);
    assert.ok(names().includes("alertLatencyLogUpTo500Ms"));
  });

  it("are a tenth more for a profile of one geography, and for one region, than for the global one", () => {
    const usd = (summaryModel: string): number =>
      monthlyCosts(PLAIN, { ...USE, summaryModel }).find(({ what }) => what.startsWith("summaries"))?.usd ?? Number.NaN;
    const model = USE.summaryModel.replace("global.", "");
    for (const own of [model, `eu.${model}`]) assert.ok(Math.abs(usd(own) / usd(USE.summaryModel) - 1.1) < 1e-9, own);
    const sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0";
    assert.ok(Math.abs(usd(`global.${sonnet}`) - 30.4 * (3 + 0.25 * 15)) < 0.01);
    assert.ok(Math.abs(usd(`us.${sonnet}`) / usd(`global.${sonnet}`) - 1.1) < 1e-9);
    const old = "anthropic.claude-3-haiku-20240307-v1:0";
    assert.ok(Math.abs(usd(old) - 30.4 * (0.25 + 0.25 * 1.25)) < 0.01);
  });

  it("leave out what is the user's own", () => {
    const own = monthlyCosts(DEPLOYMENTS["all of the user's own"]!, USE).map(({ what }) => what);
    assert.ok(!own.some((what) => /stream|OpenSearch/.test(what)));
  });

  it("say what is not known instead of leaving it out", () => {
    const lines = costLines(monthlyCosts(PLAIN, { ...USE, summaryModel: "acme.new-model" }), 20);
    assert.ok(lines.some((line) => /^ +\? +summaries/.test(line)));
    assert.match(lines.at(-2)!, /together and what is not known here$/);
  });

  it("name what a guarded deployment pays by use", () => {
    const guarded = Object.entries(DEPLOYMENTS).find(([name]) => name.startsWith("guarded"))![1];
    const lines = costLines(monthlyCosts(guarded, USE), 20).join("\n");
    assert.match(lines, /^ +\? +the audit log, 0\.50 a GB$/m);
    assert.match(lines, /^ +\? +calls to your key, 0\.03 for 10,000$/m);
  });

  it("say what goes on while the job is stopped: everything but KPUs and tokens", () => {
    const costs = monthlyCosts(PLAIN, USE);
    const usd = costs
      .filter(({ what }) => !/KPUs|summaries|embeddings/.test(what))
      .map((cost) => cost.usd ?? Number.NaN);
    const sum = usd.reduce((total, each) => total + each, 0);
    assert.match(costLines(costs, 20).at(-1)!, new RegExp(`^ +${sum.toFixed(0)}  of it while the job is stopped`));
  });
});
