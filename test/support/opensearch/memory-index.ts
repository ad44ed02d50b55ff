/**
 * An OpenSearch of two indexes in memory, as exact as the real one: sequence numbers, creations and conditions. Every
 * operation waits for its turn, so that a schedule decides how writers meet.
 */
import type { BulkOperation } from "../../../src/io/opensearch/requests/bulk";
import type { WriteOutcome } from "../../../src/io/opensearch/writing/bulk-writer";
import type { LedgerEntry } from "../../../src/chat/plan";
import type { Wanted } from "../../../src/io/opensearch/writing/find-documents";
import type { IndexAccess } from "../../../src/io/opensearch/writing/index-access";
import type { Fields, Found } from "../../../src/io/opensearch/requests/multi-get";

interface Stored {
  readonly source: Readonly<Record<string, unknown>>;
  readonly seqNo: number;
}

interface Condition {
  readonly _id: string;
  readonly if_seq_no?: number;
}

export class MemoryIndexes {
  readonly indexes = new Map<string, Map<string, Stored>>();
  private seqNo = 0;

  documents(index: string): Map<string, Stored> {
    let found = this.indexes.get(index);
    if (found === undefined) this.indexes.set(index, (found = new Map<string, Stored>()));
    return found;
  }

  /** The edge of one writer. `turn` resolves when it is its turn, and rejects when it is killed. */
  access(turn: () => Promise<void>, isRefused: (id: string) => boolean = () => false): IndexAccess {
    return {
      canWrite: true,
      send: async (index, operations) => {
        const outcomes: WriteOutcome[] = [];
        for (const operation of operations) {
          await turn();
          outcomes.push(isRefused(operation.id) ? { stored: false, reason: "refused" } : this.apply(index, operation));
        }
        return outcomes;
      },
      get: async <S>(index: string, ids: readonly string[], fields: Fields) => {
        const found: (Found<S> | undefined)[] = [];
        for (const id of ids) {
          await turn();
          found.push(this.read<S>(index, id, fields));
        }
        return found;
      },
      refresh: () => turn(),
      find: async (index, wanted) => {
        await turn();
        return wanted.map((each) => this.find(each, index));
      },
    };
  }

  private find(wanted: Wanted, index: string): readonly LedgerEntry[] {
    return [...this.documents(index)].flatMap(([id, { source }]) => {
      const [startMs = 0, endMs = 0, indexedMs = 0] = ["start", "end", "indexedAt"].map((field) =>
        Date.parse(String(source[field])),
      );
      const isWithin =
        "span" in wanted
          ? endMs > wanted.span.startMs && startMs < wanted.span.endMs
          : Math.min(startMs, indexedMs) < wanted.beforeMs;
      const isWanted = (source["sessionKey"] ?? source["userId"]) === wanted.sessionKey && isWithin;
      return isWanted ? [{ id, startMs, endMs, addedMs: 0, announcement: "" }] : [];
    });
  }

  private read<S>(index: string, id: string, fields: Fields): Found<S> | undefined {
    const stored = this.documents(index).get(id);
    if (stored === undefined) return undefined;
    const { source, seqNo } = stored;
    const wanted =
      typeof fields === "string" ? source : Object.fromEntries(fields.map((field) => [field, source[field]] as const));
    return { id, version: { seqNo, primaryTerm: 1 }, source: wanted as S };
  }

  private apply(index: string, { lines }: BulkOperation): WriteOutcome {
    const [action = "", document = ""] = lines.toString().split("\n");
    const [[kind, condition]] = Object.entries(JSON.parse(action) as Record<string, Condition>) as [
      [string, Condition],
    ];
    const documents = this.documents(index);
    const existing = documents.get(condition._id);
    const { if_seq_no: wanted } = condition;
    const isWrong = kind === "create" ? existing !== undefined : wanted !== undefined && existing?.seqNo !== wanted;
    if (isWrong) return { stored: false, reason: "conflict", isConflict: true };
    const seqNo = this.seqNo++;
    if (kind === "delete") documents.delete(condition._id);
    else documents.set(condition._id, { source: JSON.parse(document) as Record<string, unknown>, seqNo });
    return { stored: true, version: { seqNo, primaryTerm: 1 } };
  }
}
