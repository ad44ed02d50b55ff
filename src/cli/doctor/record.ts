import type { SourceRecord } from "../../chat/model";
import { hintFor } from "../../chat/steps/records/hints";
import { parse } from "../../chat/steps/records/parse";
import type { MessageSettings } from "../../chat/steps/records/settings";
import { unpackerOf } from "../../chat/steps/records/unpack";
import type { Seen } from "./finding";

/** The job's result for this record. */
export function outcomeOf(record: SourceRecord, settings: MessageSettings): Seen {
  const facts = { bytes: record.data.byteLength };
  const unpacked = unpackerOf(settings)?.(record) ?? { ok: true, records: [record] };
  const [first] = unpacked.ok ? unpacked.records : [];
  if (unpacked.ok && first === undefined) return { found: "a record that holds no message", facts };
  const parsed = !unpacked.ok ? unpacked : parse(first!, settings);
  if (parsed.ok) return { found: "a message with a user, a text and a time", facts };
  const hint = first === undefined ? "" : hintFor(first.data, settings);
  return {
    found: `a record that would be a dead letter: ${parsed.code}`,
    facts,
    cure: `${parsed.reason}${hint}: give the fields of your messages with --user-field, --content-field and --timestamp-field.`,
  };
}
