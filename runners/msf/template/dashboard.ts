import type { Deployment } from "../settings";
import { Chart } from "./chart";
import { logGroupName } from "./log-names";
import { domainName } from "./domain-access";
import { type Resources, sub } from "./document";
import { applicationMetric, type Metric } from "./metrics";
import { panelCharts } from "./panel-charts";

const WIDTH = 8;
const HEIGHT = 6;
const COLUMNS = 3;
const MINUTE_S = 60;
/** The service publishes the KPUs it charges once an hour. */
const HOUR_S = 3_600;

/** Charts of the service itself, which only this dashboard has. */
function serviceCharts(deployment: Deployment): readonly Chart[] {
  const chart = (title: string, lines: Readonly<Record<string, string>>, periodS = MINUTE_S): Chart => {
    const made = new Chart(title, "short", periodS);
    for (const [label, name] of Object.entries(lines)) {
      made.show(label, applicationMetric(deployment, name, "Maximum"));
    }
    return made;
  };
  return [
    chart("Restarts and downtime", { restarts: "fullRestarts", "downtime (ms)": "downtime" }),
    chart("Checkpoints", { "duration (ms)": "lastCheckpointDuration", failed: "numberOfFailedCheckpoints" }),
    chart("State (bytes)", { "last checkpoint": "lastCheckpointSize" }),
    chart("Use of the machines (%)", { processor: "containerCPUUtilization", memory: "containerMemoryUtilization" }),
    chart("KPUs", { KPUs: "KPUs" }, HOUR_S),
    ...domainCharts(deployment),
  ];
}

function domainCharts({ name, domain }: Deployment): readonly Chart[] {
  const dimensions = {
    DomainName: domain.kind === "new" ? domainName(name) : domain.name,
    ClientId: "${AWS::AccountId}",
  };
  const metric = (own: string, statistic: Metric["statistic"]): Metric => ({
    namespace: "AWS/ES",
    name: own,
    dimensions,
    statistic,
  });
  const load = new Chart("OpenSearch", "short", MINUTE_S);
  load.show("processor (%)", metric("CPUUtilization", "Maximum"));
  load.show("heap (%)", metric("JVMMemoryPressure", "Maximum"));
  const space = new Chart("OpenSearch: free space (MB)", "short", MINUTE_S);
  space.show("free", metric("FreeStorageSpace", "Average"));
  return [load, space];
}

export function dashboardResources(deployment: Deployment): Resources {
  const charts = [...panelCharts(deployment), ...serviceCharts(deployment)];
  const widgets: object[] = charts.map((chart, at) => ({
    type: "metric",
    ...place(at),
    properties: chart.properties(),
  }));
  widgets.push({
    type: "log",
    ...place(widgets.length),
    width: COLUMNS * WIDTH,
    x: 0,
    properties: {
      title: "Newest warnings and errors",
      region: "${AWS::Region}",
      view: "table",
      query: `SOURCE '${logGroupName(deployment.name)}' | fields @timestamp, message | filter messageType in ['WARN', 'ERROR'] | sort @timestamp desc | limit 50`,
    },
  });
  return {
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: { DashboardName: deployment.name, DashboardBody: sub(JSON.stringify({ widgets })) },
    },
  };
}

function place(at: number): object {
  return { x: (at % COLUMNS) * WIDTH, y: Math.floor(at / COLUMNS) * HEIGHT, width: WIDTH, height: HEIGHT };
}
