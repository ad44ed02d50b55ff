/** Names of the rules that alert of what a summary tells. Pure. */
import type { SessionSummary } from "../../model";

export function summaryRule(kind: string): string {
  return `summary_${kind}`;
}

export function summaryRules({
  sensitive,
  sensitiveKinds,
}: Pick<SessionSummary, "sensitive" | "sensitiveKinds">): readonly string[] {
  return sensitive ? sensitiveKinds.map(summaryRule) : [];
}
