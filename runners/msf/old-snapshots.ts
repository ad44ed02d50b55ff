/** Removes old snapshots, which are paid for, and of which an application may have 1,000. */
import { DeleteApplicationSnapshotCommand } from "@aws-sdk/client-kinesis-analytics-v2";
import { BeamError } from "../../src/beam/error";
import { typed } from "../../src/options/command-line";
import { call } from "./aws";
import type { Context } from "./context";
import { type Snapshot, snapshots } from "./history";
import { DEPLOYMENT } from "./options";
import type { Template } from "./template/document";
import { type Span, undoneOf, wanted } from "./undone-snapshots";

/** Finds snapshots older than the newest `kept` that a start or a rollback may take; `all` newest first. */
export function tooOld(all: readonly Snapshot[], undone: readonly Span[], kept: number): readonly Snapshot[] {
  const oldest = wanted(all, undone)[kept - 1];
  return oldest === undefined ? [] : all.filter(({ created }) => created.getTime() < oldest.created.getTime());
}

/** A failure is told and does no harm: the next start tries again. */
export async function removeOldSnapshots({ aws, name, line, say }: Context, template: Template): Promise<void> {
  const { keepSnapshots } = typed(line, DEPLOYMENT);
  const old = tooOld(await snapshots(aws, name), undoneOf(template), keepSnapshots);
  try {
    for (const snapshot of old) {
      await call(`removing an old snapshot of ${name}`, () =>
        aws.applications.send(
          new DeleteApplicationSnapshotCommand({
            ApplicationName: name,
            SnapshotName: snapshot.name,
            SnapshotCreationTimestamp: snapshot.created,
          }),
        ),
      );
    }
    if (old.length > 0)
      say(`Removed ${old.length} old snapshots; the newest ${keepSnapshots} stay (--keep-snapshots).`);
  } catch (error) {
    if (!(error instanceof BeamError)) throw error;
    say(error.message);
  }
}
