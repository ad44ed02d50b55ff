/** Runtime properties in the groups in which the managed service keeps them. Pure. */

export const PROPERTY_GROUP = "ChatSessions";

/** Long properties, each in pieces in a group of its own: a group has 50 properties of 2,048 characters at most. */
const PIECE_GROUPS = new Map([
  ["taxonomy", "ChatSessionsTaxonomy"],
  ["alert-rules", "ChatSessionsAlertRules"],
]);
const PIECE = /[^]{1,2000}(?![\udc00-\udfff])/g;

export interface PropertyGroup<T = string> {
  readonly PropertyGroupId: string;
  readonly PropertyMap: Readonly<Record<string, T>>;
}

/** Groups of the properties, whose values may be a template's references. */
export function propertyGroups<T>(properties: Readonly<Record<string, T>>): readonly PropertyGroup<T | string>[] {
  const long = [...PIECE_GROUPS].flatMap(([name, PropertyGroupId]) => {
    const text = properties[name];
    if (typeof text !== "string") return [];
    const pieces = (text.match(PIECE) ?? []).map((piece, index) => [String(index + 1), piece] as const);
    return [{ name, group: { PropertyGroupId, PropertyMap: Object.fromEntries(pieces) } }];
  });
  const short = Object.entries(properties).filter(([name]) => !long.some((own) => own.name === name));
  return [
    { PropertyGroupId: PROPERTY_GROUP, PropertyMap: Object.fromEntries(short) },
    ...long.map(({ group }) => group),
  ];
}

/** The properties in the job's groups; undefined when the first of them is missing. */
export function joinedProperties(groups: readonly PropertyGroup[]): Readonly<Record<string, string>> | undefined {
  const mapOf = (id: string) => groups.find(({ PropertyGroupId }) => PropertyGroupId === id)?.PropertyMap;
  const own = mapOf(PROPERTY_GROUP);
  if (own === undefined) return undefined;
  const long = [...PIECE_GROUPS].flatMap(([name, id]) => {
    const pieces = mapOf(id);
    if (pieces === undefined) return [];
    const inOrder = Object.entries(pieces).sort(([a], [b]) => Number(a) - Number(b));
    return [[name, inOrder.map(([, piece]) => piece).join("")] as const];
  });
  return { ...own, ...Object.fromEntries(long) };
}
