/** The bounds of an open session: one user who writes without end, and large messages. */
import assert from "node:assert/strict";
import { doFn } from "../../../../../src/beam/authoring";
import { DirectRunner } from "../../../../../src/beam/direct";
import { impulse, Pipeline, Root, withName } from "../../../../../src/beam/sdk";
import { chatMessageCoder } from "../../../../../src/chat/coders/chat-message";
import type { ChatMessage, Session } from "../../../../../src/chat/model";
import { groupSessions, openBounds } from "../../../../../src/chat/steps/sessions/group-sessions";
import type { SessionSettings } from "../../../../../src/chat/steps/records/settings";

const KIB = 1_024;
const MIB = 1_024 * KIB;
const START_MS = 1_700_000_000_000;

const SETTINGS: SessionSettings = {
  gapMs: 300_000,
  maxOpenMs: 3_600_000,
  maxOpenMessages: 10_000,
  maxOpenBytes: 4 * MIB,
  // Large enough that a pane is one part.
  onEdit: "keep",
  maxPartMessages: 1e9,
  maxPartTokens: 1e9,
  maxPartBytes: 1e9,
};

interface Writer {
  readonly messages: number;
  readonly text: string;
}

/** Writes messages of one user, a second apart. */
const write = doFn("test/sessions/write", {
  outputs: { main: chatMessageCoder },
  open: ({ messages, text }: Writer) => ({
    process(_impulse: Uint8Array, emit) {
      for (let index = 0; index < messages; index++) {
        const timestampMs = START_MS + index * 1_000;
        const position = { shardId: "s", sequenceNumber: String(index), subSequenceNumber: 0 };
        const message: ChatMessage = { userId: "u", content: text, timestampMs, arrivalMs: timestampMs, position };
        void emit("main", message, timestampMs);
      }
    },
  }),
});

const parts: Session[] = [];
const keep = doFn("test/sessions/keep", {
  outputs: {},
  open: () => ({ process: (part: Session) => void parts.push(part) }),
});

/** The panes of the one session, each with its messages and bytes, and the number of sessions counted. */
async function panesOf(writer: Writer, settings: SessionSettings, seed?: number) {
  parts.length = 0;
  const pipeline = new Pipeline();
  const messages = new Root(pipeline).apply(impulse()).apply(write(writer)).main;
  messages.apply(groupSessions(settings)).apply(withName("keep", keep()));
  const run = await new DirectRunner(seed === undefined ? {} : { random: { seed } }).run(pipeline.getProto());
  await run.finished;
  const metrics = await run.metrics();
  const sessions = metrics.reduce(
    (sum, one) => sum + (one.name === "sessions" && one.kind === "counter" ? one.value : 0),
    0,
  );
  const panes = parts.map(({ messages: own }) => ({
    positions: own.map(({ position }) => Number(position.sequenceNumber)),
    bytes: own.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0),
  }));
  return { panes, sessions };
}

function assertOnce(panes: readonly { readonly positions: readonly number[] }[], messages: number): void {
  const positions = panes.flatMap((pane) => pane.positions).sort((one, other) => one - other);
  assert.deepEqual(
    positions,
    Array.from({ length: messages }, (_, index) => index),
  );
}

describe("an open session", () => {
  for (const [what, text] of [
    ["of Latin letters", "x".repeat(250_000)],
    ["of three bytes a character", "語".repeat(83_000)],
  ] as const) {
    for (const seed of [undefined, 1, 2]) {
      it(`never holds more bytes than allowed and a message: ${what}${seed === undefined ? "" : `, seed ${seed}`}`, async () => {
        const messages = 100;
        const { panes, sessions } = await panesOf({ messages, text }, SETTINGS, seed);
        assertOnce(panes, messages);
        for (const { bytes } of panes)
          assert.ok(bytes <= SETTINGS.maxOpenBytes + Buffer.byteLength(text), `${bytes} bytes`);
        assert.ok(panes.length <= 8, `${panes.length} panes for 25 MB`);
        assert.equal(sessions, 1);
      });
    }
  }

  it("of few and small messages is whole", async () => {
    const { panes } = await panesOf({ messages: 2_000, text: "hello" }, SETTINGS);
    assert.equal(panes.length, 1);
    assertOnce(panes, 2_000);
  });

  it("of more messages than allowed is emitted early", async () => {
    const messages = 400;
    const { panes } = await panesOf(
      { messages, text: "x".repeat(900) },
      { ...SETTINGS, maxOpenMessages: 100, maxOpenBytes: 100 * KIB },
    );
    assertOnce(panes, messages);
    for (const { positions } of panes) assert.ok(positions.length <= 110, `${positions.length} messages`);
  });
});

describe("the bounds of an open session", () => {
  it("give each element its share of the bytes, and no less than 1 KiB", () => {
    const boundsOf = (maxOpenMessages: number, maxOpenBytes: number) => openBounds({ maxOpenMessages, maxOpenBytes });
    assert.deepEqual(boundsOf(1_024, 16 * MIB), { maxElements: 1_024, bytesPerElement: 16 * KIB });
    assert.deepEqual(boundsOf(1_000_000, MIB), { maxElements: 1_024, bytesPerElement: KIB });
    assert.deepEqual(boundsOf(10, 100), { maxElements: 1, bytesPerElement: 100 });
  });
});
