import { z } from "zod";
import { JobError } from "../chat/errors";
import { PROPERTY_GROUP } from "./properties";

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
  const own = groups.data.find(({ PropertyGroupId }) => PropertyGroupId === PROPERTY_GROUP);
  if (own === undefined) {
    throw new JobError("BAD_OPTION", `The runtime properties have no group ${PROPERTY_GROUP}: add it.`);
  }
  return own.PropertyMap;
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return undefined;
  }
}
