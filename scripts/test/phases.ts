/** The parts of `npm test`: checks, then phases of tests. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(__dirname, "../..");
const MODULES = path.join(ROOT, "node_modules");
const CACHE = path.join(MODULES, ".cache");
const MINUTE_MS = 60_000;

/** A check, whose exit code is the result of one test. */
export interface Check {
  readonly name: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

export interface TestPhase {
  readonly name: string;
  /** Folder of its tests, the files below that end in `.test.ts`. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** How many files run at once, its own and those of the phases that are one run with it. */
  readonly filesAtOnce: number;
  /** True where light files of other phases (runs.ts) run beside its own, one at a time. */
  readonly hasCompany?: true;
  /** True when the check "java" must have passed before, unless the chosen files do not need it. */
  readonly needsJava: boolean;
}

/** Folder of the tests of the whole job under faults, and of the managed service's imitation. */
const E2E = "test/e2e";

/** The check that builds all Java parts. */
export const JAVA = "java";

/** Checks, which run side by side, the longest first. */
export const CHECKS: readonly Check[] = [
  check("lint", path.join(MODULES, "eslint/bin/eslint.js"), ...lintCache(), "."),
  check(JAVA, "--require", "ts-node/register", path.join(ROOT, "test/support/build-java.ts")),
  check("format", path.join(MODULES, "prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", ...cache(), "."),
  // tsconfig.json names the file of the incremental build.
  check("types", path.join(MODULES, "typescript/bin/tsc"), "-p", "."),
  check("page-types", path.join(MODULES, "typescript/bin/tsc"), "-p", "src/page/client"),
];

/** One for each processor of a small machine: with a third, tests of whole processes miss their times. */
const FILES_AT_ONCE = 2;

/** Phases in their order. Neighbours with the same `filesAtOnce` and `needsJava` are one run (runs.ts). */
export const PHASES: readonly TestPhase[] = [
  { ...phase("unit", 10), needsJava: false },
  phase("conformance", 15),
  phase("integration", 60),
  phase("security", 20),
  phase("faults", 20, E2E),
  phase("rehearsal", 20, E2E),
  // Without others that compute, because recovery comes near its limit of time even with the machine to itself.
  { ...phase("recovery", 20, E2E), filesAtOnce: 1, hasCompany: true },
];

function check(name: string, ...args: readonly string[]): Check {
  return { name, args, timeoutMs: 10 * MINUTE_MS };
}

function phase(name: string, timeoutMinutes: number, parent = "test"): TestPhase {
  const folder = `${parent}/${name}`;
  return { name, folder, timeoutMs: timeoutMinutes * MINUTE_MS, filesAtOnce: FILES_AT_ONCE, needsJava: true };
}

/** Turns caches off with CI=true. */
function cache(): readonly string[] {
  return process.env["CI"] === "true" ? [] : ["--cache", "--cache-strategy", "content"];
}

/**
 * Names ESLint's cache. ESLint notices a file's own change, but not that of a type which it imports: a change of
 * packages or of the compiler's options begins a new cache, and CI notices any other at the latest.
 */
function lintCache(): readonly string[] {
  const hash = createHash("sha256");
  for (const file of ["package-lock.json", "tsconfig.json"]) hash.update(readFileSync(path.join(ROOT, file)));
  const file = path.join(CACHE, "eslint", hash.digest("hex").slice(0, 12));
  return cache().length === 0 ? [] : [...cache(), "--cache-location", file];
}
