import { z } from "zod";
import { JobError } from "../chat/errors";
import { joinedProperties, PROPERTY_GROUP } from "./property-groups";

const GROUPS = z.array(z.object({ PropertyGroupId: z.string(), PropertyMap: z.record(z.string(), z.string()) }));

/**
 * Reads the job's group from the file in which the managed service gives a job its runtime properties. Throws
 * `JobError` BAD_OPTION with one sentence.
 */
export function propertiesOf(content: string): Readonly<Record<string, string>> {
  const groups = GROUPS.safeParse(jsonOf(content));
  if (!groups.success) {
    throw new JobError("BAD_OPTION", "The runtime properties are not in the form that the managed service writes.");
  }
  const properties = joinedProperties(groups.data);
  if (properties === undefined) {
    throw new JobError("BAD_OPTION", `The runtime properties have no group ${PROPERTY_GROUP}: add it.`);
  }
  return properties;
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return undefined;
  }
}
