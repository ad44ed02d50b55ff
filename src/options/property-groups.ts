/** Runtime properties in the groups in which the managed service keeps them. Pure. */

export const PROPERTY_GROUP = "ChatSessions";

/** The taxonomy in pieces, in a group of its own: a group has 50 properties of 2,048 characters at most. */
const TAXONOMY_GROUP = "ChatSessionsTaxonomy";
const PIECE = /[^]{1,2000}(?![\udc00-\udfff])/g;

export interface PropertyGroup<T = string> {
  readonly PropertyGroupId: string;
  readonly PropertyMap: Readonly<Record<string, T>>;
}

/** Groups of the properties, whose values may be a template's references. */
export function propertyGroups<T>(properties: Readonly<Record<string, T>>): readonly PropertyGroup<T | string>[] {
  const { taxonomy, ...others } = properties;
  const own = { PropertyGroupId: PROPERTY_GROUP, PropertyMap: others as Readonly<Record<string, T>> };
  if (typeof taxonomy !== "string") return [own];
  const pieces = (taxonomy.match(PIECE) ?? []).map((piece, index) => [String(index + 1), piece] as const);
  return [own, { PropertyGroupId: TAXONOMY_GROUP, PropertyMap: Object.fromEntries(pieces) }];
}

/** The properties in the job's groups; undefined when the first of them is missing. */
export function joinedProperties(groups: readonly PropertyGroup[]): Readonly<Record<string, string>> | undefined {
  const mapOf = (id: string) => groups.find(({ PropertyGroupId }) => PropertyGroupId === id)?.PropertyMap;
  const own = mapOf(PROPERTY_GROUP);
  const pieces = mapOf(TAXONOMY_GROUP);
  if (own === undefined || pieces === undefined) return own;
  const inOrder = Object.entries(pieces).sort(([a], [b]) => Number(a) - Number(b));
  return { ...own, taxonomy: inOrder.map(([, piece]) => piece).join("") };
}
