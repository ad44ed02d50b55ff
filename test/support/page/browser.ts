/** The page of a whole job on this machine, in a real Chromium. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { source as axeSource } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Command } from "../processes/npm";
import { skipUnless } from "../needs";

/** Pictures for people, which no test compares. */
const PICTURES = path.resolve(__dirname, "../../../.local/page-pictures");
const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const LINK = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/;

export const WIDE = { width: 1_280, height: 900 } as const;
export const NARROW = { width: 360, height: 780 } as const;

/** Skips the tests where there is no Chromium. */
export async function launch(context: Mocha.Context): Promise<Browser> {
  const browser = await startChromium();
  skipUnless(context, browser !== undefined, "it needs Chromium: apt-get install chromium");
  return browser!;
}

/** Undefined where there is no Chromium. */
export async function startChromium(): Promise<Browser | undefined> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) return undefined;
  // Root and many containers have no sandbox for Chromium; the page that it opens is our own.
  return chromium.launch({ executablePath, chromiumSandbox: false, timeout: 90_000 });
}

function chromiumProgram(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.flatMap((folder) => PROGRAMS.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}

/** The link that a command has printed; undefined before. */
export function linkIn(job: Command): string | undefined {
  return LINK.exec(job.output())?.[0];
}

/** A browser window of its own, with all that must not happen in it. */
export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the page's program, blocked content, dialogs, and requests to elsewhere. */
  readonly troubles: readonly string[];
}

export interface WindowSettings {
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Given when the server asks for a password. */
  readonly httpCredentials?: { readonly username: string; readonly password: string };
  /** True where a test has made the server's certificate itself. */
  readonly ignoreHTTPSErrors?: boolean;
}

export async function open(browser: Browser, link: string, settings: WindowSettings = {}): Promise<Watched> {
  const context = await browser.newContext({
    viewport: WIDE,
    acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
    ...settings,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const troubles: string[] = [];
  const { origin } = new URL(link);
  page.on("pageerror", (error) => troubles.push(`error ${error.message}`));
  page.on("console", (message) => message.type() === "error" && troubles.push(`console ${message.text()}`));
  page.on("dialog", (dialog) => {
    troubles.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}/`)) troubles.push(`request ${url}`);
  });
  await page.goto(link);
  await page.waitForURL(`${origin}/`);
  await page.waitForSelector(".hit, .empty");
  return { page, context, troubles };
}

/** Lists the violations of WCAG 2.2 A and AA that axe finds, one line each. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then(
      ({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => id + " " + html.slice(0, 200) + " " + failureSummary)))`,
  );
}

/** Pixels by which the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

export async function picture(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}

/** Keeps a picture, and asserts that axe finds nothing in the view and that it fits its window. */
export async function checkView(page: Page, view: string, { colorScheme, size }: Look): Promise<void> {
  await picture(page, `${view}-${colorScheme}-${size}`);
  assert.deepEqual(await violations(page), [], view);
  assert.ok((await overflow(page)) <= 0, `${view} is wider than its window`);
}

interface Look {
  readonly colorScheme: "light" | "dark";
  readonly size: "wide" | "narrow";
}
