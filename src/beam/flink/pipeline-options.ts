/** The value of one of Beam's pipeline options. */
export type OptionValue = string | number | boolean | readonly string[];

/**
 * Converts options to the form in which they are sent to a runner: `maxBundleSize` → `beam:option:max_bundle_size:v1`.
 */
export function pipelineOptionUrns(options: Readonly<Record<string, OptionValue>>): Record<string, OptionValue> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      `beam:option:${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}:v1`,
      value,
    ]),
  );
}
