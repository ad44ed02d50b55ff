/**
 * The pictures of docs/tour.md. `npm run tour` makes them anew; other runs leave them, since their times would differ.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Locator, Page } from "playwright-core";
import { picture } from "./browser";

const FOLDER = path.resolve(__dirname, "../../../docs/pictures");
const IS_WANTED = process.env["TOUR_PICTURES"] === "1";
/** Letters stay sharp, and a picture has some 40 KB. */
const QUALITY = 80;

/** Keeps a picture of the window, or of a part of it. Playwright itself makes none in WebP. */
export async function tourPicture(page: Page, name: string, part?: Locator): Promise<void> {
  await picture(page, `tour-${name}`);
  if (!IS_WANTED) return;
  const box = await part?.boundingBox();
  const clip = box === undefined || box === null ? {} : { clip: { ...box, scale: 1 } };
  const client = await page.context().newCDPSession(page);
  const { data } = await client.send("Page.captureScreenshot", { format: "webp", quality: QUALITY, ...clip });
  await client.detach();
  await mkdir(FOLDER, { recursive: true });
  await writeFile(path.join(FOLDER, `${name}.webp`), Buffer.from(data, "base64"));
}
