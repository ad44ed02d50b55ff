/**
 * The pictures of docs/tour.md. `npm run tour` makes them anew; other runs leave them, since their times would differ.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Locator, Page } from "playwright-core";
import { picture } from "./browser";

const FOLDER = path.resolve(__dirname, "../../../docs/pictures");
export const ARE_PICTURES_WANTED = process.env["TOUR_PICTURES"] === "1";
/** Letters stay sharp, and a picture has some 40 KB. */
const QUALITY = 80;

/** Around several parts: the ground that they stand on. */
const MARGIN_PX = 16;

/**
 * Keeps a picture of the window, or of a part of it, which may go down to the end of another one. Playwright itself
 * makes none in WebP.
 */
export async function tourPicture(page: Page, name: string, part?: Locator, until = part): Promise<void> {
  await picture(page, `tour-${name}`);
  if (!ARE_PICTURES_WANTED) return;
  const [box, end] = [await part?.boundingBox(), await until?.boundingBox()];
  const margin = until === part ? 0 : MARGIN_PX;
  const clip =
    box === undefined || box === null || end === undefined || end === null
      ? {}
      : {
          clip: {
            ...{ x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, scale: 1 },
            height: end.y + end.height - box.y + 2 * margin,
          },
        };
  const client = await page.context().newCDPSession(page);
  const { data } = await client.send("Page.captureScreenshot", { format: "webp", quality: QUALITY, ...clip });
  await client.detach();
  await mkdir(FOLDER, { recursive: true });
  await writeFile(path.join(FOLDER, `${name}.webp`), Buffer.from(data, "base64"));
}
