/** The suite's worker program for portable runners. */
import "./fns";
import { serveAsWorker } from "../harness/program";
import { AUTHOR_TEXT } from "./author-text";

serveAsWorker({ authorText: process.env[AUTHOR_TEXT] === "hidden" ? "hidden" : "shown" });
