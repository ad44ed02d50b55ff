/**
 * Finds all files that a test file depends on: by imports, and by programs of this project that it names to start them.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { buildSync, type Metafile } from "esbuild";

const PROGRAM = /"((?:src|scripts|runners|test)\/[\w./-]+\.ts)"/g;

/** Paths from `root`. Throws when one cannot be read as TypeScript, or imports a missing file. */
export function filesReached(root: string, entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  for (let next = entries; next.length > 0;) {
    const inputs = Object.keys(graphOf(root, next)).filter((file) => !reached.has(file));
    for (const file of inputs) reached.add(file);
    const named = new Set(inputs.flatMap((file) => programsIn(root, file)));
    next = [...named].filter((file) => !reached.has(file));
  }
  return reached;
}

/** The files of this project that one file itself imports, as paths from `root`. */
export function importsOf(root: string, file: string): readonly string[] {
  const imports = graphOf(root, [file])[file]?.imports ?? [];
  return imports.filter(({ external }) => external !== true).map((each) => each.path);
}

/**
 * All files of this project that the entries import, directly or not, as paths from `root`, with the imports of each.
 */
export function graphOf(root: string, entries: readonly string[]): Metafile["inputs"] {
  const { metafile } = buildSync({
    entryPoints: entries.map((entry) => path.join(root, entry)),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    packages: "external",
    write: false,
    metafile: true,
    outdir: "out",
    logLevel: "silent",
  });
  return metafile.inputs;
}

function programsIn(root: string, file: string): readonly string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const named = [...text.matchAll(PROGRAM)].map(([, program = ""]) => program);
  return named.filter((program) => existsSync(path.join(root, program)));
}
