/** The look of a doctor that may lack a right without harm to the job. */
import { examine, type Finding, type Look, type Seen, skipped } from "../../../src/cli/doctor/finding";

/** Looks; skips what these credentials may not see, or cannot reach from here. */
export async function examineIfAllowed(look: Look, work: () => Promise<Seen>): Promise<Finding> {
  const finding = await examine(look, work);
  const { verdict, found } = finding;
  if (verdict !== "wrong" || !["ACCESS_DENIED", "SERVICE_UNREACHABLE"].includes(found)) return finding;
  return skipped(look, found === "ACCESS_DENIED" ? "these credentials may not look" : "it cannot be reached from here");
}
