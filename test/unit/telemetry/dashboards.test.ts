import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { grafanaDashboard } from "../../support/telemetry/grafana";

const FILE = path.resolve(__dirname, "../../../docs/examples/grafana.json");

describe("Grafana's dashboard", () => {
  it("is made from the table of panels, and is that in the documentation's file", async () => {
    const made = await format(grafanaDashboard(), { ...(await resolveConfig(FILE)), parser: "json" });
    if (process.env["DASHBOARD"] === "1") writeFileSync(FILE, made);
    assert.equal(readFileSync(FILE, "utf8"), made);
  });
});
