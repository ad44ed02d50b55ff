import { follow } from "./router";
import { VIEWS, viewOf } from "./views";

/** Links to the page's views. */
export function Nav({ path }: { readonly path: string }) {
  const current = viewOf(path);
  return (
    <nav class="views" aria-label="Views">
      <ul>
        {VIEWS.map((view) => (
          <li key={view.path}>
            <a
              href={view.path}
              onClick={follow}
              aria-current={view.path === current ? (path === view.path ? "page" : "true") : undefined}
            >
              {view.name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
