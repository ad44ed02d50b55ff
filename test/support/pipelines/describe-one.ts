/** A pipeline that has the models of a Bedrock describe one session. */
import * as beam from "../../../src/beam";
import { plannedCoder } from "../../../src/chat/coders/planned-session";
import { embed } from "../../../src/io/bedrock/embed";
import { DEFAULT_SUMMARISE, embeddingModel } from "../../../src/io/bedrock/settings";
import { summarise } from "../../../src/io/bedrock/summarise";
import { planned } from "../chat/planned";
import { sessionPart } from "../chat/session-parts";

const emitOne = beam.doFn("test/describeOne/emit", {
  outputs: { main: plannedCoder },
  open: () => ({
    process: (_impulse: Uint8Array, emit) => void emit("main", planned(sessionPart(["Where is my parcel?"]))),
  }),
});

/** Counts what comes. */
const count = beam.doFn("test/describeOne/count", {
  outputs: {},
  open: ({ name }: { readonly name: string }, { metrics }) => {
    const counter = metrics.counter(name);
    return { process: (_value: unknown) => counter.inc() };
  },
});

export function build(root: beam.Root, [endpoint = ""]: readonly string[]): void {
  const bedrock = { region: "us-east-1", endpoint, maxConcurrentCalls: 4, requestTimeoutMs: 5_000 };
  const summarised = root
    .apply(beam.impulse())
    .apply(emitOne())
    .main.apply(summarise({ ...DEFAULT_SUMMARISE, bedrock }));
  const model = embeddingModel("amazon.titan-embed-text-v1");
  const embedded = summarised.main.apply(embed({ bedrock, model, of: "summary" }));
  embedded.main.apply(beam.withName("described", count({ name: "described" })));
  for (const [name, letters] of Object.entries({ summary: summarised.deadLetters, vector: embedded.deadLetters })) {
    letters.apply(beam.withName(`letters of the ${name}`, count({ name: "letters" })));
  }
}
