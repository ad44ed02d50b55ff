import { randomUUID } from "node:crypto";
import type { DeadLetter, EmbeddedPart } from "../../../chat/model";
import type { DocumentVersion, LedgerEntry, PlannedDocument, PlannedSession } from "../../../chat/plan";
import { hull, type Span } from "../../../chat/steps/sessions/spans";

export type Plan = PlannedSession<EmbeddedPart>;
export type Document = PlannedDocument<EmbeddedPart>;

/** A plan while it is carried out. */
export class Work {
  state: "open" | "again" | "later" | "abandoned" = "open";
  laterMs = 0;
  readonly entries: readonly LedgerEntry[];
  readonly own: ReadonlySet<string>;
  /** Ids in `own` of new documents. */
  readonly created: ReadonlySet<string>;
  readonly span: Span;
  /** Versions of what was written. */
  readonly written = new Map<Document, DocumentVersion>();
  readonly letters: DeadLetter[];
  /** Entries that the ledger had before the plan was announced. */
  before: readonly LedgerEntry[] = [];
  /** Entries of what is refused, which leave the ledger in the end. */
  readonly leaving: LedgerEntry[] = [];
  /** Entries of documents that are deleted. */
  readonly deleted: LedgerEntry[] = [];
  /** Ids that the ledger named already when they were announced: another writer may have announced them. */
  readonly shared = new Set<string>();
  /** Own entries that the ledger had no room for. */
  readonly unlisted = new Set<string>();

  constructor(
    readonly plan: Plan,
    nowMs: number,
  ) {
    const announcement = randomUUID().slice(0, 8);
    this.entries = plan.documents.map(({ id, content: { part } }) => {
      return { id, startMs: part.startMs, endMs: part.endMs, addedMs: nowMs, announcement };
    });
    this.own = new Set(plan.documents.map(({ id }) => id));
    this.created = new Set(plan.documents.flatMap(({ id, replaces }) => (replaces === undefined ? [id] : [])));
    const { messages } = plan.session;
    const session = { startMs: messages[0]!.timestampMs, endMs: messages.at(-1)!.timestampMs };
    this.span = hull([session, ...this.entries]);
    this.letters = [...plan.letters];
  }

  get sessionKey(): string {
    return this.plan.session.sessionKey;
  }

  /** A conflict counts more: then the plan itself is void. */
  putOff(delayMs: number): void {
    this.laterMs = Math.max(this.laterMs, delayMs);
    if (this.state !== "again") this.state = "later";
  }

  get isOpen(): boolean {
    return this.state === "open";
  }

  /** True when the session is to be planned anew, or the plan to be tried later. */
  get isPutBack(): boolean {
    return this.state === "again" || this.state === "later";
  }

  /** Entries of what was written and still is there, as far as this plan knows. */
  get writtenEntries(): readonly LedgerEntry[] {
    const ids = new Set([...this.written.keys()].map(({ id }) => id));
    return this.entries.filter(({ id }) => ids.has(id));
  }
}
