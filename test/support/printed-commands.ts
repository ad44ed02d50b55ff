/** Commands of npm as README, docs, help texts and sentences of the program print them. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../..");
/** Folders of sources, whose own READMEs count, too. */
const SOURCES = ["src", "runners"];
/** The changes of the past name commands of the past. */
const HISTORY = "CHANGELOG.md";
/** The Beam layer has a package, and scripts, of its own. */
const WORKSPACE = / -w /;

function filesIn(folder: string): readonly string[] {
  const names = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => !name.includes("node_modules")).map((name) => path.join(folder, name));
}

function docs(): readonly string[] {
  const top = readdirSync(ROOT).filter((name) => name !== HISTORY);
  return [...top, ...filesIn("docs"), ...SOURCES.flatMap(filesIn)].filter((file) => file.endsWith(".md"));
}

export interface PrintedCommand {
  /** File and line, or the help that it is from. */
  readonly where: string;
  readonly text: string;
  /** "start", or what stands behind `npm run`. */
  readonly script: string;
  /** The text behind the two dashes. */
  readonly args: readonly string[];
}

/** A reader's values for the places that are left open. */
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
  // A page has no stream.
  [/(npm run page -- --no-local) …$/g, "$1 --opensearch-endpoint https://search-x.us-east-1.es.amazonaws.com"],
  // An address that a real OpenSearch needs is among what is left out.
  [/(--no-local .*)… /g, "$1--opensearch-endpoint https://search-x.us-east-1.es.amazonaws.com "],
  [/--no-local …$/g, "--no-local --stream chat --opensearch-endpoint https://search-x.us-east-1.es.amazonaws.com"],
  [/ … /g, " "],
  [/\[(--[^\]]*)\]/g, "$1"],
  [/\[job\]/g, "0123456789abcdef0123456789abcdef"],
];

export function commandsOfDocs(): PrintedCommand[] {
  return docs().flatMap((file) => commandsIn(readFileSync(path.join(ROOT, file), "utf8"), file));
}

/** A command in a sentence: what follows it is prose, so only its names are taken. */
export interface NamedCommand {
  readonly where: string;
  readonly text: string;
  readonly script: string;
  /** The first word behind the two dashes, where it is one. */
  readonly operand: string | undefined;
  /** Options up to the end of the clause. */
  readonly flags: readonly string[];
}

/**
 * Those in the string literals of the program: errors, cures, progress. Comments are for people who have the source.
 */
export function commandsOfSentences(): NamedCommand[] {
  const files = SOURCES.flatMap(filesIn).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) =>
    readFileSync(path.join(ROOT, file), "utf8")
      .split("\n")
      .flatMap((line, at) => (/^\s*(?:\/?\*|\/\/)/.test(line) ? [] : namedIn(line, `${file}:${at + 1}`))),
  );
}

export function namedIn(line: string, where: string): NamedCommand[] {
  const found = line.matchAll(/\bnpm (?:run ([a-z][a-z:-]*)|(start))(?:(?: --)((?: [^\s;,.`"')]+)+))?/g);
  return [...found].map(([text, run, start, rest = ""]) => {
    const [first = ""] = rest.trim().split(" ");
    const operand = /^[a-z][a-z-]*$/.test(first) ? first : undefined;
    return { where, text, script: run ?? start ?? "", operand, flags: rest.match(/--[a-z][a-z-]*/g) ?? [] };
  });
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
    const printed = whole === undefined ? inline : [whole];
    return printed
      .flatMap((command) => (WORKSPACE.test(command) ? [] : [command]))
      .map((command) => commandOf(command, `${where}:${index + 1}`));
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
