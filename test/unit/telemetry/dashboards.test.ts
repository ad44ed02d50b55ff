import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { grafanaDashboard } from "../../support/telemetry/grafana";

const FILE = path.resolve(__dirname, "../../../docs/examples/grafana.json");

describe("Grafana's dashboard", () => {
  it("is made from the table of panels, and is that in the documentation's file", () => {
    if (process.env["DASHBOARD"] === "1") writeFileSync(FILE, grafanaDashboard());
    assert.equal(readFileSync(FILE, "utf8"), grafanaDashboard());
  });
});
