/** The conformance suite, its scripted source, and the runners that it knows. */
export { CAPABILITIES, type Capability, type Skips } from "./capabilities";
export { type Script, scriptedSource, type Step } from "./fns/scripted-source";
export { type RunnerName, RUNNERS, type RunnerUnderTest } from "./runners";
export { suite, type SuiteOptions } from "./suite";
export type { RunnerFactory } from "./support/rule";
