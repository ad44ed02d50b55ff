/** Commands of npm as README, docs and help texts print them. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../..");
const DOCS = ["README.md", "CONTRIBUTING.md", ...readdirSync(path.join(ROOT, "docs")).map((name) => `docs/${name}`)];

export interface PrintedCommand {
  /** File and line, or the help that it is from. */
  readonly where: string;
  readonly text: string;
  /** "start", or what stands behind `npm run`. */
  readonly script: string;
  /** What stands behind the two dashes. */
  readonly args: readonly string[];
}

/** What a reader puts in for what is left open. */
const OPEN: readonly (readonly [RegExp, string])[] = [
  [/<account>/g, "123456789012"],
  [/<who [^>]*>/g, "somebody"],
  [/<arn of an SNS topic>/g, "arn:aws:sns:us-east-1:123456789012:alarms"],
  [/<what deploy printed>/g, "https://search-x.us-east-1.es.amazonaws.com"],
  [/<name>/g, "chat"],
  [/<url>/g, "http://jobmanager:8081"],
  [/<path>/g, "/savepoints/savepoint-1"],
  [/<id>/g, "1a2b"],
  [/(--flink-master) …/g, "$1 http://jobmanager:8081"],
  [/(--opensearch-endpoint) …/g, "$1 https://search-x.us-east-1.es.amazonaws.com"],
  // An address that a real OpenSearch needs is among what is left out.
  [/(--no-local .*)… /g, "$1--opensearch-endpoint https://search-x.us-east-1.es.amazonaws.com "],
  [/--no-local …$/g, "--no-local --stream chat --opensearch-endpoint https://search-x.us-east-1.es.amazonaws.com"],
  [/ … /g, " "],
  [/\[(--[^\]]*)\]/g, "$1"],
  [/\[job\]/g, "0123456789abcdef0123456789abcdef"],
];

export function commandsOfDocs(): PrintedCommand[] {
  return DOCS.filter((file) => file.endsWith(".md")).flatMap((file) =>
    commandsIn(readFileSync(path.join(ROOT, file), "utf8"), file),
  );
}

/** Those in lines of their own (of a page: in its blocks for a shell), and between backquotes. */
export function commandsIn(text: string, where: string): PrintedCommand[] {
  const lines = text.replaceAll(/\\\n\s*/g, (broken) => " ".padEnd(broken.length, "\u0000")).split("\n");
  const isPage = where.endsWith(".md");
  let block: string | undefined;
  return lines.flatMap((line, index) => {
    const fence = /^\s*```(\w*)/.exec(line)?.[1];
    if (fence !== undefined) block = block === undefined ? fence : undefined;
    const isForShell = !isPage || block === "sh";
    const whole = /^\s*(npm (?:start|run) ?.*)$/.exec(isForShell ? line.replaceAll("\u0000", "") : "")?.[1];
    const inline = [...line.matchAll(/`(npm (?:start|run)[^`]*)`/g)].map(([, command = ""]) => command);
    return (whole === undefined ? inline : [whole]).map((command) => commandOf(command, `${where}:${index + 1}`));
  });
}

function commandOf(printed: string, where: string): PrintedCommand {
  const filled = OPEN.reduce((text, [open, value]) => text.replace(open, value), printed);
  // Remarks stand behind a "#" in blocks, and behind a gap in help texts.
  const text = filled
    .replace(/\s+#.*$/, "")
    .replace(/ {3,}.*$/, "")
    .trim();
  const [, first = "", ...words] = wordsOf(text);
  const script = first === "run" ? (words.shift() ?? "") : first;
  if (words.length > 0 && words[0] !== "--") throw new Error(`${where}: npm would keep the options of "${text}"`);
  return { where, text, script, args: words.slice(1) };
}

/** As a shell parts words; quotation marks hold together what is between them. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
}
