/** The page's own files: its program in pieces, its style and its document, made once in a process. */
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

const FOLDER = "/assets";
const ENTRY = "client/main.tsx";
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

const ICON = {
  path: "/assets/icon.svg",
  text: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M3 4h14v9H9l-4 3.5V13H3z" fill="#a5b0ec"/><path d="M9 9h12v8h-2v3l-3.6-3H9z" fill="#4a5fd8"/></svg>',
} as const;

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
  const { outputFiles, metafile } = await build({
    absWorkingDir: __dirname,
    entryPoints: [ENTRY],
    outdir: FOLDER,
    // The pieces name one another, so their hashes are the bundler's.
    entryNames: "[hash]",
    chunkNames: "[hash]",
    splitting: true,
    metafile: true,
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
  for (const { path: file, contents } of outputFiles) {
    files.set(nameOf(file), await assetOf(TYPES[path.extname(file)] ?? "application/octet-stream", contents));
  }
  files.set(ICON.path, await assetOf("image/svg+xml", Buffer.from(ICON.text)));
  const first = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === ENTRY);
  const [script = "", { cssBundle = "" } = {}] = first ?? [];
  return { document: documentOf(nameOf(script), nameOf(cssBundle)), files };
}

function nameOf(file: string): string {
  return `${FOLDER}/${path.basename(file)}`;
}

async function assetOf(type: string, content: Uint8Array): Promise<Asset> {
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(content), promisify(gzip)(content)]);
  return { type, plain: new Uint8Array(content), br: new Uint8Array(br), gzip: new Uint8Array(zipped) };
}

function documentOf(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Chat sessions</title>
    <link rel="icon" type="image/svg+xml" href="${ICON.path}">
    <link rel="stylesheet" href="${style}">
    <script type="module" src="${script}"></script>
  </head>
  <body><div id="page"></div><noscript>This page needs JavaScript, which it loads from this machine alone.</noscript></body>
</html>
`;
}
