/** The page's own files: its program in one bundle, its style and its document, made once in a process. */
import { createHash } from "node:crypto";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { build } from "esbuild";

export interface Asset {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly br: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

export interface Assets {
  readonly document: string;
  /** By path. A path holds a hash of its content, so that browsers may keep it. */
  readonly files: ReadonlyMap<string, Asset>;
}

const ENTRY = path.join(__dirname, "client", "main.tsx");
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

let made: Promise<Assets> | undefined;

/** Bundles the page with its styles, some tenths of a second of work, when it is first asked for. */
export function pageAssets(): Promise<Assets> {
  made ??= bundle().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}

async function bundle(): Promise<Assets> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    outdir: "/assets",
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "silent",
    legalComments: "none",
  });
  const files = new Map<string, Asset>();
  const names: Record<string, string> = {};
  for (const { path: file, contents } of outputFiles) {
    const ending = path.extname(file);
    const name = `/assets/${createHash("sha256").update(contents).digest("hex").slice(0, 12)}${ending}`;
    names[ending] = name;
    const plain = new Uint8Array(contents);
    files.set(name, {
      type: TYPES[ending] ?? "application/octet-stream",
      plain,
      br: new Uint8Array(await promisify(brotliCompress)(plain)),
      gzip: new Uint8Array(await promisify(gzip)(plain)),
    });
  }
  return { document: documentOf(names[".js"] ?? "", names[".css"] ?? ""), files };
}

function documentOf(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Chat sessions</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${style}">
    <script type="module" src="${script}"></script>
  </head>
  <body><div id="page"></div><noscript>This page needs JavaScript, which it loads from this machine alone.</noscript></body>
</html>
`;
}
