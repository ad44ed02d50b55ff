/** Makes WebAssembly as slow as on a busy machine, for a process that requires this first. */
const DELAY_MS = 1_000;

const { WebAssembly } = globalThis;
const { instantiate } = WebAssembly;

WebAssembly.instantiate = async (...given) => {
  await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
  return instantiate(...given);
};
