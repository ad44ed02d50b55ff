/** Chooses the checks and tests that a command line of `npm test` names. */
import type { Check, TestPhase } from "./phases";

export interface Inventory {
  readonly checks: readonly Check[];
  readonly phases: readonly TestPhase[];
  /** Paths of all test files from the project's folder, with `/`. */
  readonly files: readonly string[];
}

export interface PhaseFiles {
  readonly phase: TestPhase;
  /** Undefined stands for all. */
  readonly files?: readonly string[];
}

export interface Selection {
  readonly checks: readonly Check[];
  readonly tests: readonly PhaseFiles[];
}

/** A refusal in one sentence. */
export interface Refusal {
  readonly refusal: string;
}

/**
 * Resolves names: a check, a phase, or a path from the project's folder of a test file or of a folder with some. No
 * name stands for everything; with a search for titles, for all tests.
 */
export function select(names: readonly string[], isSearch: boolean, inventory: Inventory): Selection | Refusal {
  const { checks, phases } = inventory;
  if (names.length === 0) return { checks: isSearch ? [] : checks, tests: phases.map((phase) => ({ phase })) };
  const isKnown = (name: string): boolean => [...checks, ...phases].some((each) => each.name === name);
  const chosen = new Set<string>();
  for (const name of names.filter((each) => !isKnown(each))) {
    const found = filesAt(name, inventory.files);
    if (found.length === 0) return { refusal: refusalOf(name, inventory) };
    for (const file of found) chosen.add(file);
  }
  const tests = phases.flatMap((phase): readonly PhaseFiles[] => {
    if (names.includes(phase.name)) return [{ phase }];
    const files = inventory.files.filter((file) => chosen.has(file) && isBelow(file, phase.folder));
    return files.length === 0 ? [] : [{ phase, files }];
  });
  return { checks: checks.filter(({ name }) => names.includes(name)), tests };
}

function filesAt(name: string, files: readonly string[]): readonly string[] {
  const wanted = name.replace(/^\.\//, "").replace(/\/+$/, "");
  return files.filter((file) => file === wanted || isBelow(file, wanted));
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

function refusalOf(name: string, { checks, phases }: Inventory): string {
  const names = [...checks, ...phases].map((each) => each.name).join(", ");
  return `"${name}" is no test file (test/…/*.test.ts), no folder with one, and none of: ${names}.`;
}
