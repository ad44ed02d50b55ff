/** Finds the changes that a new template would make to a stack. */
import { isDeepStrictEqual } from "node:util";
import type { Template } from "./template/document";

export interface Difference {
  readonly kind: "new" | "changed" | "removed";
  readonly resource: string;
  readonly type: string;
}

export function differences(now: Template | undefined, next: Template): readonly Difference[] {
  const before = plain(now?.Resources ?? {});
  const after = plain(next.Resources);
  const all = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...all].flatMap((resource): Difference[] => {
    const [old, future] = [before[resource], after[resource]];
    const type = (future ?? old)?.Type ?? "";
    if (old === undefined) return [{ kind: "new", resource, type }];
    if (future === undefined) return [{ kind: "removed", resource, type }];
    return isDeepStrictEqual(old, future) ? [] : [{ kind: "changed", resource, type }];
  });
}

/** The resources as CloudFormation returns them: without the values that JSON cannot express. */
function plain(resources: Template["Resources"]): Template["Resources"] {
  return JSON.parse(JSON.stringify(resources)) as Template["Resources"];
}
