package org.apache.beam.runners.flink.translation.wrappers.streaming;

/** One open session of a key, without its values. Immutable, because heap state is shared with running checkpoints. */
final class OpenSession {
  static final long NONE = Long.MAX_VALUE;

  /** Start of the window [start, end). */
  final long startMs;

  final long endMs;

  /** Name of the list of its values: a time within its window, so no other open session of the key has the same. */
  final long address;

  /** Number of values in the current pane. */
  final int values;

  /** Number of panes that its window has emitted. It is 0 again when the window grows, as in Beam. */
  final int panes;

  /** Processing time at which the current pane is emitted early. */
  final long deadlineMs;

  OpenSession(long startMs, long endMs, long address, int values, int panes, long deadlineMs) {
    this.startMs = startMs;
    this.endMs = endMs;
    this.address = address;
    this.values = values;
    this.panes = panes;
    this.deadlineMs = deadlineMs;
  }

  boolean overlaps(long otherStartMs, long otherEndMs) {
    return startMs < otherEndMs && otherStartMs < endMs;
  }

  OpenSession afterPane() {
    return new OpenSession(startMs, endMs, address, 0, panes + 1, NONE);
  }
}
