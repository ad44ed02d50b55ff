/** The page's views: their addresses, names and keys. */
export const VIEWS = [
  { path: "/", name: "Explore", key: "e" },
  { path: "/live", name: "Live", key: "l" },
  { path: "/dead-letters", name: "Dead letters", key: "d" },
  { path: "/overview", name: "Overview", key: "o" },
] as const;

type ViewPath = (typeof VIEWS)[number]["path"];

/** The view that a path belongs to; a session's page belongs to Explore. */
export function viewOf(path: string): ViewPath {
  const found = VIEWS.find((view) => view.path !== "/" && (path === view.path || path.startsWith(`${view.path}/`)));
  return found?.path ?? "/";
}
