package org.apache.beam.runners.flink.translation.wrappers.streaming;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.CoderException;

/** All open sessions of a key, and the times of its timers. Immutable. */
final class KeySessions {
  static final KeySessions NONE = new KeySessions(new OpenSession[0], OpenSession.NONE, OpenSession.NONE);

  /** Disjoint, in order of time. */
  final OpenSession[] open;

  /** Time of Flink's timer in event time; {@link OpenSession#NONE} without one. */
  final long closeTimerMs;

  /** Time of Flink's timer in processing time; {@link OpenSession#NONE} without one. */
  final long earlyTimerMs;

  KeySessions(OpenSession[] open, long closeTimerMs, long earlyTimerMs) {
    this.open = open;
    this.closeTimerMs = closeTimerMs;
    this.earlyTimerMs = earlyTimerMs;
  }

  /** Encodes the sessions. The first byte is the version: older versions must stay readable, newer ones are refused. */
  static final class Serialized extends AtomicCoder<KeySessions> {
    private static final long serialVersionUID = 1L;
    private static final int VERSION = 1;

    @Override
    public void encode(KeySessions sessions, OutputStream stream) throws IOException {
      DataOutputStream out = new DataOutputStream(stream);
      out.writeByte(VERSION);
      out.writeLong(sessions.closeTimerMs);
      out.writeLong(sessions.earlyTimerMs);
      out.writeInt(sessions.open.length);
      for (OpenSession one : sessions.open) {
        out.writeLong(one.startMs);
        out.writeLong(one.endMs);
        out.writeLong(one.address);
        out.writeInt(one.values);
        out.writeInt(one.panes);
        out.writeLong(one.deadlineMs);
      }
      out.flush();
    }

    @Override
    public KeySessions decode(InputStream stream) throws IOException {
      DataInputStream in = new DataInputStream(stream);
      int version = in.readUnsignedByte();
      if (version != VERSION) {
        throw new CoderException(
            "Open sessions of version " + version + " were written by a newer program: start that one. [NEWER_CHECKPOINT]");
      }
      long closeTimerMs = in.readLong();
      long earlyTimerMs = in.readLong();
      OpenSession[] open = new OpenSession[in.readInt()];
      for (int i = 0; i < open.length; i++) {
        open[i] =
            new OpenSession(
                in.readLong(), in.readLong(), in.readLong(), in.readInt(), in.readInt(), in.readLong());
      }
      return new KeySessions(open, closeTimerMs, earlyTimerMs);
    }
  }
}
