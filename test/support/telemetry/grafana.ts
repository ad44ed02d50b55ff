/** Grafana's dashboard out of the table of panels. docs/examples/grafana.json is this text. */
import { withUnit } from "../../../src/telemetry/metric-data";
import { type Line, type Panel, PANELS } from "../../../src/telemetry/panels";
import { ERROR_TYPE, type MetricRow } from "../../../src/telemetry/row";

const SIZE = 8;
const COLUMNS = 3;
const RATE = "[$__rate_interval]";
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

export function grafanaDashboard(): string {
  const dashboard = {
    title: "beam-chat-sessions",
    uid: "beam-chat-sessions",
    tags: ["beam-chat-sessions"],
    schemaVersion: 39,
    version: 1,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Data source" }],
    },
    panels: PANELS.map(panelOf),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function panelOf(panel: Panel, at: number): object {
  return {
    id: at + 1,
    type: "timeseries",
    title: panel.title,
    datasource: DATASOURCE,
    gridPos: { x: (at % COLUMNS) * SIZE, y: Math.floor(at / COLUMNS) * SIZE, w: SIZE, h: SIZE },
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: "list", placement: "bottom" } },
    targets: panel.lines.map((line, place) => ({
      refId: String.fromCodePoint("A".codePointAt(0)! + place),
      expr: expressionOf(line, panel),
      legendFormat: legendOf(line),
    })),
  };
}

function expressionOf(line: Line, { gainS }: Panel): string {
  const { row } = line;
  const name = inPrometheus(withUnit(row));
  switch (line.shows) {
    case "gain": {
      const by = "by" in line ? ` by (${line.by.map(inPrometheus).join(", ")})` : "";
      const total = row.kind === "histogram" ? `${name}_sum` : `${name}_total`;
      // Most codes and causes never come: their lines would hide the others.
      const shown = "by" in line && row.kind === "counter" && row.total !== undefined ? " > 0" : "";
      return `${gainS} * sum${by} (rate(${total}${RATE}))${shown}`.replace("sum (", "sum(");
    }
    case "max":
    case "sum":
      return `${line.shows}(${name})`;
    case "quantile": {
      const by = ["le", ...(line.by ?? []).map(inPrometheus)].join(", ");
      return `histogram_quantile(${line.share}, sum by (${by}) (rate(${name}_bucket${answered(row)}${RATE})))`;
    }
  }
}

/** Chooses operations that did not fail. */
function answered(row: MetricRow): string {
  return row.kind === "histogram" && row.failed !== undefined ? `{${inPrometheus(ERROR_TYPE)}=""}` : "";
}

function legendOf(line: Line): string {
  const labels = ("by" in line ? (line.by ?? []) : []).map((label) => `{{${inPrometheus(label)}}}`).join(" ");
  if (!("label" in line)) return labels;
  return labels === "" ? line.label : `${line.label}, ${labels}`;
}

function inPrometheus(name: string): string {
  return name.replaceAll(".", "_");
}
