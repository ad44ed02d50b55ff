/**
 * Sends the output of authors' code (`console`, or a logger that writes to standard output or standard error) to the
 * runner's log, since nobody sees a worker's own output on a cluster.
 *
 * 1. A line is logged when it is complete, or when the process ends. A line longer than `MAX_LINE_CHARACTERS` is logged
 *    in pieces.
 * 2. The severity is that of the `console` method; otherwise INFO for standard output, WARN for standard error.
 * 3. Nothing is logged or written where authors' text is hidden.
 * 4. Direct writes to the file descriptors are not captured: they go wherever the process's output goes.
 */
import { StringDecoder } from "node:string_decoder";
import type { AuthorText } from "../failure/stage-error";
import type { FnApiLogger, Severity } from "./logging";

/** Location of these lines in the runner's log, which sets them apart from the layer's own. */
const AUTHOR_LOCATION = "pipeline";

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
  /** True when the output is also written to the process's own streams. */
  readonly keepsOutput: boolean;
  /** Returns undefined until the logging service is known. */
  readonly logger: () => FnApiLogger | undefined;
}

/** Captures the output for the rest of the process's life. Returns a function that logs the incomplete lines. */
export function takeAuthorOutput({ authorText, keepsOutput, logger }: AuthorOutputOptions): () => void {
  let current: Severity | undefined;
  const take = (stream: NodeJS.WriteStream, otherwise: Severity): Lines => {
    const lines = new Lines((line) => logger()?.log(current ?? otherwise, line, { location: AUTHOR_LOCATION }));
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const isShown = authorText === "shown";
      if (isShown && logger() !== undefined) lines.add(chunk);
      // Lines that come before the logging service is known would otherwise be lost.
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

/** Splits text into lines, in whatever pieces it arrives. */
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
