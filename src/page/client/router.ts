/** The page's address: read, changed, and followed when the browser goes back or forward. */
import { useEffect, useState } from "preact/hooks";

export interface Address {
  readonly path: string;
  /** With its question mark; empty without a query. */
  readonly search: string;
}

const listeners = new Set<() => void>();
let depth = 0;

function addressNow(): Address {
  return { path: location.pathname, search: location.search };
}

/** Goes to an address of this page, as a step that the browser can go back from. */
export function navigate(to: string): void {
  depth++;
  history.pushState({ depth }, "", to);
  for (const listener of listeners) listener();
}

/** Changes the address in place: what is shown changes, and going back does not undo it. */
export function amendAddress(to: string): void {
  history.replaceState({ depth }, "", to);
  for (const listener of listeners) listener();
}

/** Goes back where one came from, or to `otherwise` when that was no view of this page. */
export function goBack(otherwise: string): void {
  if (depth > 0) history.back();
  else navigate(otherwise);
}

export function useAddress(): Address {
  const [address, setAddress] = useState(addressNow);
  useEffect(() => {
    const follow = (): void => setAddress(addressNow());
    const onPop = (event: PopStateEvent): void => {
      depth = (event.state as { readonly depth?: number } | null)?.depth ?? 0;
      follow();
    };
    listeners.add(follow);
    addEventListener("popstate", onPop);
    return () => {
      listeners.delete(follow);
      removeEventListener("popstate", onPop);
    };
  }, []);
  return address;
}

/** Follows a plain click on a link within the page; others are the browser's. */
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}

/** The id that a path names behind its beginning; a path that nobody made is taken as it is. */
export function idIn(path: string, beginning: string): string | undefined {
  const id = path.startsWith(beginning) ? path.slice(beginning.length) : "";
  if (id === "" || id.includes("/")) return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
