import { type Context, commandValues } from "../context";
import { packageJar } from "../package";

/** Builds the jar and prints its path, size and hash. */
export async function packageCommand(context: Context): Promise<void> {
  const { file, bytes, sha256 } = await packageJar({ output: commandValues(context).output }, context.say);
  context.write(`${file}\n  ${(bytes / 1_048_576).toFixed(1)} MiB, SHA-256 ${sha256}`);
}
