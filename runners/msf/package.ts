import { JobError } from "../../src/errors";

export interface PackagedJar {
  /** Where it is. */
  readonly file: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Builds the jar for the managed service. `say` gets a line about what takes long. */
export async function packageJar(
  _options: { readonly output: string },
  _say: (line: string) => void,
): Promise<PackagedJar> {
  throw new JobError("DEPLOYMENT", "The jar cannot be built yet: give one with --jar.");
}
