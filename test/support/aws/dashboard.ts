/** A dashboard of CloudWatch, read as CloudWatch reads it. */
import { z } from "zod";
import { dashboardResources } from "../../../runners/msf/template/dashboard";
import type { Deployment } from "../../../runners/msf/settings";

const HOW = z.object({
  id: z.string().optional(),
  stat: z.string().optional(),
  label: z.string().optional(),
  expression: z.string().optional(),
  visible: z.boolean().optional(),
});
const BODY = z.object({
  widgets: z.array(
    z.object({
      properties: z.object({
        title: z.string(),
        stat: z.string().optional(),
        metrics: z.array(z.array(z.union([z.string(), HOW]))).default([]),
      }),
    }),
  ),
});

export interface MetricLine {
  readonly id: string | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly label: string | undefined;
  readonly isShown: boolean;
}

export interface Expression {
  readonly id: string | undefined;
  readonly expression: string;
  readonly label: string | undefined;
  readonly isShown: boolean;
}

export interface Widget {
  readonly title: string;
  readonly metrics: readonly MetricLine[];
  readonly expressions: readonly Expression[];
}

export function widgetsOf(deployment: Deployment): readonly Widget[] {
  const { Properties } = dashboardResources(deployment)["Dashboard"]!;
  const { "Fn::Sub": body } = Properties["DashboardBody"] as { readonly "Fn::Sub": string };
  return BODY.parse(JSON.parse(body)).widgets.map(({ properties: { title, stat = "Average", metrics } }) => {
    const lines: MetricLine[] = [];
    const expressions: Expression[] = [];
    let former: readonly string[] = [];
    for (const row of metrics) {
      const { id, label, visible = true, ...how } = HOW.parse(row.at(-1));
      if (how.expression !== undefined) {
        expressions.push({ id, label, isShown: visible, expression: how.expression });
        continue;
      }
      // A dot is what stands in this place of the metric before.
      const where = row.slice(0, -1).map((part, at) => (part === "." ? former[at]! : z.string().parse(part)));
      former = where;
      const [namespace = "", name = "", ...pairs] = where;
      const dimensions = Object.fromEntries(
        pairs.flatMap((key, at) => (at % 2 === 0 ? [[key, pairs[at + 1] ?? ""] as const] : [])),
      );
      lines.push({ id, label, namespace, name, dimensions, statistic: how.stat ?? stat, isShown: visible });
    }
    return { title, metrics: lines, expressions };
  });
}
