/**
 * What authors' code prints (`console`, a logger that writes to standard output or standard error) as lines of the
 * runner's log, since nobody sees a worker's own output on a cluster.
 *
 * 1. A line is told when it has ended, or when the process ends; one that is longer than `MAX_LINE_CHARACTERS` in pieces.
 * 2. The level is that of the `console` method; otherwise INFO on standard output, WARN on standard error.
 * 3. Where authors' text is hidden, nothing of it goes anywhere.
 * 4. What writes to the file descriptors themselves is not seen here: it goes where the process's output goes.
 */
import { StringDecoder } from "node:string_decoder";
import type { AuthorText } from "../failure/stage-error";
import type { FnApiLogger, Severity } from "./logging";

/** By this name the lines can be told apart in the runner's log. */
export const AUTHOR_LOCATION = "pipeline";

const MAX_LINE_CHARACTERS = 10_000;
const SEVERITIES = {
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
  trace: "ERROR",
} as const satisfies Partial<Record<keyof Console, Severity>>;

export interface AuthorOutputOptions {
  readonly authorText: AuthorText;
  /** Whether the process's own output is kept as well. */
  readonly keepsOutput: boolean;
  /** Undefined until there is a way to log. */
  readonly logger: () => FnApiLogger | undefined;
}

/** From now on, for the whole process. Returns what tells the lines that have not ended. */
export function takeAuthorOutput({ authorText, keepsOutput, logger }: AuthorOutputOptions): () => void {
  let current: Severity | undefined;
  const take = (stream: NodeJS.WriteStream, otherwise: Severity): Lines => {
    const lines = new Lines((line) => logger()?.log(current ?? otherwise, line, { location: AUTHOR_LOCATION }));
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const isShown = authorText === "shown";
      if (isShown && logger() !== undefined) lines.add(chunk);
      // What is said before there is a way to log would be lost.
      if (isShown && (keepsOutput || logger() === undefined)) return write(chunk, ...(rest as []));
      const done = rest.find((each) => typeof each === "function");
      if (done !== undefined) process.nextTick(done);
      return true;
    };
    return lines;
  };
  const outputs = [take(process.stdout, "INFO"), take(process.stderr, "WARN")];
  for (const [name, severity] of Object.entries(SEVERITIES) as [keyof typeof SEVERITIES, Severity][]) {
    const own = console[name].bind(console);
    console[name] = (...values: unknown[]): void => {
      current = severity;
      try {
        own(...values);
      } finally {
        current = undefined;
      }
    };
  }
  return () => outputs.forEach((lines) => lines.end());
}

/** Parts text into lines, whatever pieces it comes in. */
class Lines {
  private readonly decoder = new StringDecoder("utf8");
  private rest = "";

  constructor(private readonly tell: (line: string) => void) {}

  add(chunk: string | Uint8Array): void {
    const text = typeof chunk === "string" ? chunk : this.decoder.write(Buffer.from(chunk));
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.tellInPieces(line);
    if (this.rest.length > MAX_LINE_CHARACTERS) this.end();
  }

  end(): void {
    const { rest } = this;
    this.rest = "";
    this.tellInPieces(rest);
  }

  private tellInPieces(line: string): void {
    for (let start = 0; start < line.length; start += MAX_LINE_CHARACTERS) {
      this.tell(line.slice(start, start + MAX_LINE_CHARACTERS));
    }
  }
}
