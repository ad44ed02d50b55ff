/** How soon somebody who opens the page sees sessions and can type, in a real Chromium. */
import type { Browser, BrowserContext } from "playwright-core";
import { startChromium, WIDE } from "../../support/page/browser";
import { until } from "../../support/until";

const KEY = "k";

/** Milliseconds from the beginning of the navigation, redirects included. */
export interface FirstView {
  /** Until the first session was painted. */
  readonly shownMs: number;
  /** Until the search box had taken a key that was pressed as soon as the box was there. */
  readonly typedMs: number;
}

export interface FirstViews {
  /** Without anything in the browser's cache. */
  readonly cold: readonly FirstView[];
  /** Once more in the same profile. */
  readonly warm: readonly FirstView[];
}

/** Opens the page this often; `before` runs before each time. Undefined where there is no Chromium. */
export async function firstViews(
  link: string,
  times: number,
  before: () => Promise<unknown>,
): Promise<FirstViews | undefined> {
  const browser = await startChromium();
  if (browser === undefined) return undefined;
  try {
    const cold: FirstView[] = [];
    const warm: FirstView[] = [];
    for (let time = 0; time < times; time++) {
      const context = await profileOf(browser);
      for (const [address, views] of [
        [link, cold],
        [new URL("/", link).href, warm],
      ] as const) {
        await before();
        views.push(await opened(context, address));
      }
      await context.close();
    }
    return { cold, warm };
  } finally {
    await browser.close();
  }
}

async function profileOf(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: WIDE });
  await context.addInitScript(WATCH);
  return context;
}

async function opened(context: BrowserContext, address: string): Promise<FirstView> {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: "commit" });
  await page.locator("#question").press(KEY);
  let seen: Partial<FirstView> = {};
  await until("a session is shown and the key is taken", async () => {
    seen = await page.evaluate<Partial<FirstView>>("seen");
    return seen.shownMs !== undefined && seen.typedMs !== undefined;
  });
  await page.close();
  return seen as FirstView;
}

/** A task behind the next frame begins when that frame was painted. */
const WATCH = `
  globalThis.seen = {};
  new MutationObserver((_, observer) => {
    if (document.querySelector(".hit") === null) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => (seen.shownMs = performance.now())));
  }).observe(document, { childList: true, subtree: true });
  document.addEventListener("input", ({ target }) => {
    if (target.value === "${KEY}") seen.typedMs ??= performance.now();
  });
`;
