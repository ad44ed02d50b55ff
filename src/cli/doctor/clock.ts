import { clockWarning } from "../../io/aws/clock";
import { examine, type Finding, type Seen } from "./finding";

/** Looks at how far this machine is ahead of a service, in milliseconds; undefined when the service sent no time. */
export function examineClock(
  service: string,
  aheadMs: number | undefined,
  allowedDisorderMs: number,
): Promise<Finding> {
  const look = { name: `clock beside ${service}'s`, expected: "this machine's clock agrees" };
  return examine(look, async () => judgeClock(service, aheadMs, allowedDisorderMs));
}

/** Judges that distance; what the disorder allows is no trouble. */
export function judgeClock(service: string, aheadMs: number | undefined, allowedDisorderMs: number): Seen {
  if (aheadMs === undefined) return { found: `${service} sent no time` };
  const facts = { aheadMs };
  if (aheadMs === 0) return { found: "it does, to the second", facts };
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1);
  const found = `it is ${seconds} s ${aheadMs > 0 ? "ahead" : "behind"}`;
  const warning = clockWarning(service, aheadMs, allowedDisorderMs);
  return warning === undefined ? { found, facts } : { found, facts, cure: `${warning}.` };
}
