/** The worker program of a portable runner. */
export { type ProgramOptions, serveAsWorker } from "./program";
