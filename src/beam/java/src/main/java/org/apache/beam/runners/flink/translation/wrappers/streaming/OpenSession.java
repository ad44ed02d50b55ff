package org.apache.beam.runners.flink.translation.wrappers.streaming;

/** One open session of a key, but for its values. Never changed: state on the heap is shared with checkpoints under way. */
final class OpenSession {
  static final long NONE = Long.MAX_VALUE;

  /** The window, [start, end). */
  final long startMs;

  final long endMs;

  /** The name of its values' list: a time within its window, so no other open session of the key has it. */
  final long address;

  /** Of its current pane. */
  final int values;

  /** That its window has emitted; a window that grows begins anew, as Beam has it. */
  final int panes;

  /** When its current pane is emitted early, in processing time. */
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
