/** The conformance suite, and the runners that it knows. */
export { type RunnerName, RUNNERS, type RunnerUnderTest } from "./runners";
export { suite } from "./suite";
