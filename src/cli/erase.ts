/** `npm run erase`: forgets a person, or a conversation. */
import { userInfo } from "node:os";
import { JobError } from "../chat/errors";
import type { PrivacySettings } from "../chat/privacy/settings";
import { keyHash } from "../chat/steps/ids/key-hash";
import { userIdOf } from "../chat/steps/records/user-id";
import { type SmallFiles, smallFiles } from "../io/files/small-files";
import { conversationsOf, keysOfHashes } from "../io/opensearch/erasing/conversations-of";
import { type ErasedCounts, type ErasedIndexes, eraseKey } from "../io/opensearch/erasing/erase";
import { markErased } from "../io/opensearch/erasing/erase-documents";
import { commandAccess } from "../io/opensearch/writing/index-access";
import { holdsKey } from "../io/opensearch/erasing/holds-key";
import { holdsPseudonyms } from "../io/opensearch/erasing/holds-pseudonyms";
import { refuseOtherKey } from "../io/opensearch/indexes/index-key";
import { hasIndex } from "../io/opensearch/ledgers/ledger-upkeep";
import { prepareLedgers } from "../io/opensearch/indexes/prepare";
import { alertIndexOf, openSearchSettings } from "../io/opensearch/settings";
import { authentication } from "../options/authentication";
import { type CommandLine, readCommandLine } from "../options/command-line";
import { ERASE } from "../options/commands";
import { redactionKey } from "../options/privacy-rules";
import type { ValuesOf } from "../options/spec";
import { namesOf } from "./erasure/names";
import { putReceipt, readReceipts, type Receipt } from "./erasure/receipt";
import { openServices, type OpenServices, SERVICE_OPTIONS, type ServiceFlags } from "./services";
import { counted, safeJson } from "./terminal/safe-text";

const INFO = {
  usage: "npm run erase --",
  says: "Erases a person, or a conversation, from all indexes, and keeps jobs, redrives and replays from bringing it back.",
  operand: "[reapply]",
  after: [
    "reapply   erases all again that the receipts name: needed once after a snapshot was restored",
    "",
    "Jobs may run meanwhile. Messages that are sent after the erasure are indexed as ever. May be repeated, also after a",
    "kill. Exit code 1 as long as a job may still write something that it had begun: then run it again in an hour.",
    "docs/privacy.md says what an erasure cannot reach.",
    "",
    "Examples:",
    "  npm run erase -- --user alice",
    "  npm run erase -- --user alice --redact-key-file key        # of a job with --pseudonymise-users",
    "  npm run erase -- --session-key ticket-4711 --receipts s3://my-bucket/erasures",
    "  npm run erase -- reapply --receipts s3://my-bucket/erasures",
  ].join("\n"),
} as const;

const SHOWN_KEYS = 5;

type Values = ServiceFlags["values"] & ValuesOf<typeof ERASE>;

/** The session key to erase; without the key itself where only its hash is known. */
interface Target {
  readonly hash: string;
  readonly sessionKey?: string;
  readonly erasedBeforeMs: number;
  /** Receipt of the erasure that is done again. */
  readonly receipt?: Receipt;
}

/** Resolves with the text to print and the exit code. Rejects with `JobError` or `HelpWanted`. */
export async function erase(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const line = readCommandLine({ Erasure: ERASE, "OpenSearch index": SERVICE_OPTIONS }, INFO, argv, environment);
  const values = line.values as Values;
  const wanted = wantedOf(line, values);
  const key = redactionKey(values);
  const services = await openServices({ values, origins: line.origins }, false, say);
  const { s3Endpoint, region } = values;
  const s3 = s3Endpoint === undefined || s3Endpoint === "aws" ? { region } : { region, endpoint: s3Endpoint };
  const receipts = smallFiles(values.receipts, s3);
  try {
    const indexes = await preparedIndexes(services, values);
    const context = { services, indexes, receipts, values, say, ...(key === undefined ? {} : { key }) };
    return wanted === "reapply" ? await reapply(context) : await eraseWanted(wanted, context);
  } finally {
    receipts.close();
    await services.close();
  }
}

type Wanted = { readonly user: string } | { readonly sessionKey: string };

/** A variable of the job's options has the name of a flag here, and must not name anybody. */
function wantedOf({ operands, origins }: CommandLine, values: Values): Wanted | "reapply" {
  const [action, ...rest] = operands;
  const user = origins["user"] === "flag" ? values.user : undefined;
  const sessionKey = origins["sessionKey"] === "flag" ? values.sessionKey : undefined;
  const isWhole = rest.length === 0 && (action === undefined || action === "reapply");
  const given = [user, sessionKey, action].filter((each) => each !== undefined).length;
  if (!isWhole || given !== 1)
    throw new JobError("BAD_OPTION", "Say whom to erase: --user <id>, or --session-key <key>, or reapply.");
  if (sessionKey !== undefined) return { sessionKey };
  if (user === undefined) return "reapply";
  const id = userIdOf(user, values.normalizeUser);
  if (id === undefined) throw new JobError("BAD_OPTION", "No user can have the id that --user gives.");
  return { user: id };
}

interface Context {
  readonly services: OpenServices;
  readonly indexes: ErasedIndexes;
  readonly receipts: SmallFiles;
  readonly values: Values;
  readonly key?: PrivacySettings["key"];
  readonly say: (line: string) => void;
}

async function preparedIndexes({ index, openSearch, endpoints, deadLetterIndex }: OpenServices, values: Values) {
  if (!(await hasIndex(openSearch, index)))
    throw new JobError("INDEX_MISFIT", `There is no index "${index}": give the job's own with --index.`);
  const connection = { endpoint: endpoints.opensearch ?? "", auth: authentication(values) };
  const settings = openSearchSettings({ connection, index, deadLetterIndex, dimension: 1, stream: "" });
  await prepareLedgers(settings);
  return { index, deadLetterIndex, ledgerIndex: settings.ledgerIndex, alertIndex: alertIndexOf(index) };
}

async function eraseWanted(wanted: Wanted, context: Context) {
  const erasedBeforeMs = Date.now();
  const targetOf = (sessionKey: string): Target => ({ hash: keyHash(sessionKey), sessionKey, erasedBeforeMs });
  const { services, indexes, values, key } = context;
  const { openSearch } = services;
  const asked =
    "user" in wanted
      ? ({ kind: "user", id: wanted.user } as const)
      : ({ kind: "session", id: wanted.sessionKey } as const);
  const named = await namesOf(
    { ...asked, key, isAsGiven: values.asGiven },
    {
      holdsPseudonyms: () => holdsPseudonyms(openSearch, indexes.index),
      refuseOtherKey: (keyCheck) => refuseOtherKey(openSearch, indexes.ledgerIndex, keyCheck),
    },
  );
  const { former } = named;
  const hasFormer = former !== undefined && (await holdsKey(openSearch, former, indexes));
  const names = hasFormer ? [...named.names, former] : named.names;
  if (asked.kind === "session") return eraseAll(names.map(targetOf), context);
  const found = await Promise.all(names.map((name) => conversationsOf(openSearch, name, indexes)));
  const sessionKeys = [...new Set(found.flatMap((own) => own.sessionKeys))].filter((key) => !names.includes(key));
  const hashes = [...new Set(found.flatMap((own) => own.hashes))].filter((hash) => !names.map(keyHash).includes(hash));
  if (sessionKeys.length + hashes.length > 0 && !values.conversations) throw conversationsRefused(sessionKeys, hashes);
  const others = [...sessionKeys.map(targetOf), ...hashes.map((hash) => ({ hash, erasedBeforeMs }))];
  return eraseAll([...names.map(targetOf), ...others], context);
}

function conversationsRefused(sessionKeys: readonly string[], hashes: readonly string[]): JobError {
  const named = sessionKeys.slice(0, SHOWN_KEYS).map((key) => JSON.stringify(key));
  const more = sessionKeys.length + hashes.length - named.length;
  const list = [...named, ...(more === 0 ? [] : [`${more} more`])].join(", ");
  return new JobError(
    "BAD_OPTION",
    `The user also speaks in sessions of other keys (${list}), and nothing was erased yet: erase those that are about the user with --session-key first, or all of them, with what others say there, with --conversations.`,
  );
}

/**
 * Erases again what the receipts of this index name. A key is marked before anything is read, so no job brings it back.
 */
async function reapply(context: Context) {
  const { receipts, indexes, services } = context;
  const latest = new Map<string, Target>();
  for (const receipt of await readReceipts(receipts)) {
    const { keyHash: hash, erasedBefore } = receipt;
    const erasedBeforeMs = Date.parse(erasedBefore);
    const isLater = erasedBeforeMs >= (latest.get(hash)?.erasedBeforeMs ?? 0);
    if (receipt.index === indexes.index && isLater) latest.set(hash, { hash, erasedBeforeMs, receipt });
  }
  const access = commandAccess(services.openSearch);
  for (const target of latest.values()) await markErased(access, target, indexes.ledgerIndex);
  const keys = await keysOfHashes(services.openSearch, indexes.index, new Set(latest.keys()));
  const targets = [...latest.values()].map((target): Target => {
    const sessionKey = keys.get(target.hash);
    return sessionKey === undefined ? target : { ...target, sessionKey };
  });
  return eraseAll(targets, context);
}

async function eraseAll(targets: readonly Target[], { services, indexes, receipts, values, say }: Context) {
  const by = values.by ?? userInfo().username;
  const maxWaitMs = values.wait;
  let unknown = 0;
  const done: Receipt[] = [];
  for (const target of targets) {
    const { hash, erasedBeforeMs } = target;
    const begun: Receipt = target.receipt ?? {
      ...{ version: 1, index: indexes.index, keyHash: hash, erasedBefore: new Date(erasedBeforeMs).toISOString() },
      ...{ by, begunAt: new Date().toISOString() },
    };
    if (target.receipt === undefined) await putReceipt(receipts, begun);
    const { deadLettersOfUnknown, ...erased } = await eraseKey(services.openSearch, target, indexes, maxWaitMs);
    unknown = deadLettersOfUnknown;
    const at = new Date().toISOString();
    const isAgain = begun.erased !== undefined;
    const reapplied = [...(begun.reapplied ?? []), { at, by, erased }];
    const receipt = isAgain ? { ...begun, reapplied } : { ...begun, endedAt: at, erased };
    await putReceipt(receipts, receipt);
    done.push({ ...receipt, erased });
    if (targets.length > 1) say(`${done.length} of ${targets.length} keys erased …`);
  }
  const exitCode = done.some(({ erased }) => (erased?.pending ?? 0) > 0) ? 1 : 0;
  if (values.json) return { text: safeJson({ erased: done, deadLettersOfUnknown: unknown }), exitCode };
  return { text: doneText(done, unknown), exitCode };
}

function hasFound(erased: Receipt["erased"]): boolean {
  return erased !== undefined && erased.documents + erased.deadLetters + erased.alerts > 0;
}

const NOTHING_FOUND =
  "Nothing was found, which is right only if nothing is there: check --index, the spelling of the id with --normalize-user, and, where users have pseudonyms, that the key is given and is the job's own.";

function doneText(done: readonly Receipt[], unknown: number): string {
  const sum = (name: keyof Omit<ErasedCounts, "deadLettersOfUnknown">): number =>
    done.reduce((total, { erased }) => total + (erased?.[name] ?? 0), 0);
  const what = [
    counted(sum("documents"), "document"),
    counted(sum("deadLetters"), "dead letter"),
    counted(sum("alerts"), "alert"),
  ].join(", ");
  const pending = sum("pending");
  return [
    `Erased of ${counted(done.length, "session key")}: ${what}. Nothing that was sent before comes back.`,
    ...(pending > 0 || done.some(({ erased, reapplied }) => hasFound(erased) || reapplied !== undefined)
      ? []
      : [NOTHING_FOUND]),
    ...(pending === 0
      ? []
      : [
          `${counted(pending, "document")} had been announced within the last hour and may still be written, to be deleted by the job itself: run this again in an hour.`,
        ]),
    ...(unknown === 0
      ? []
      : [
          `${counted(unknown, "dead letter")} do not tell whose they are, since they are unreadable or of an older version: npm run dead-letters -- list shows them.`,
        ]),
  ].join("\n");
}
