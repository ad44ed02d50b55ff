import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../..");
const FOLDER = path.join(ROOT, "docs/pictures");
/** Whoever clones the project loads each version of them. */
const MAX_BYTES = 500_000;

describe("pictures in the documentation", () => {
  const pages = ["README.md", ...readdirSync(path.join(ROOT, "docs")).map((name) => `docs/${name}`)];
  const named = pages
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) => {
      const pictures = [...readFileSync(path.join(ROOT, page), "utf8").matchAll(/!\[([^\]]*)\]\(([^)\s]+)\)/g)];
      return pictures.map(([, says = "", file = ""]) => ({ page, says, file: path.join(path.dirname(page), file) }));
    });
  const kept = readdirSync(FOLDER).map((name) => path.join("docs/pictures", name));

  it("are there, each of them is shown, and says what it shows", () => {
    assert.deepEqual([...new Set(named.map(({ file }) => file))].toSorted(), kept.toSorted());
    for (const { page, says, file } of named) assert.ok(says.length >= 8, `${page}: ${file}`);
  });

  it("are small", () => {
    const bytes = kept.reduce((sum, file) => sum + statSync(path.join(ROOT, file)).size, 0);
    assert.ok(bytes > 0 && bytes < MAX_BYTES, `${bytes} bytes`);
  });
});
