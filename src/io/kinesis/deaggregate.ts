import { deaggregateSync } from "aws-kinesis-agg";
import type { StreamRecord } from "./api";

/** What the Kinesis Producer Library puts before an aggregate; an MD5 of 16 bytes stands behind it. */
const MAGIC = [0xf3, 0x89, 0x9a, 0xc2] as const;
const MIN_AGGREGATE_BYTES = MAGIC.length + 16;

/** The de-aggregator as it is: its own types want two packages that nothing here needs. */
type Deaggregate = (
  record: { readonly data: Uint8Array; readonly sequenceNumber: string },
  computeChecksums: boolean,
  done: (error: unknown, records?: readonly { readonly data: string }[]) => void,
) => void;

/**
 * The user records of an aggregate, in order; undefined for any other record, and for one that only begins like an
 * aggregate (wrong checksum, damaged, empty): it is passed on as it is, so that nothing vanishes here.
 *
 * Nothing is filtered by hash key, as the Kinesis Client Library does after a reshard: producers that aggregate without
 * regard to shards exist, and a record lost is worse than one that comes twice.
 */
export function deaggregate({ data, sequenceNumber }: StreamRecord): readonly Uint8Array[] | undefined {
  if (data.length < MIN_AGGREGATE_BYTES || MAGIC.some((byte, index) => data[index] !== byte)) return undefined;
  let failed = false;
  let users: readonly Uint8Array[] = [];
  (deaggregateSync as Deaggregate)({ data, sequenceNumber }, true, (error, records) => {
    if (error) failed = true;
    else if (records !== undefined) users = records.map((record) => Buffer.from(record.data, "base64"));
  });
  return failed || users.length === 0 ? undefined : users;
}
