import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { flinkRules, withoutRules } from "../../support/telemetry/flink-rules";

const FILE = path.resolve(__dirname, "../../../docs/examples/prometheus-flink-rules.yml");

describe("the rules that name Flink's own metrics", () => {
  it("are made from the job's table of metrics, and are those in the documentation's file", () => {
    if (process.env["RULES"] === "1") writeFileSync(FILE, flinkRules());
    assert.equal(readFileSync(FILE, "utf8"), flinkRules());
  });

  it("leave out what no stage counts by itself", () => {
    assert.deepEqual(withoutRules(), ["chat_sessions.cost", "chat_sessions.sessions.open"]);
  });
});
