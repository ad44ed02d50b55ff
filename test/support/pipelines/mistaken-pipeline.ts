/** A pipeline for `npm run pipeline` with a mistake of one's choice; without one it prints what it sees. */
import * as beam from "../../../src/beam";

// A worker's own variable: the command imports this file, too.
if (process.env["BEAM_WORKER_TOKEN"] !== undefined && process.env["MISTAKE"] === "start") throw new Error("no licence");

const texts = beam.jsonCoder<string>("test:coder:mistaken", 1);

const look = beam.doFn("look", {
  outputs: { main: texts },
  open: ({ mistake }: { readonly mistake: string }) => ({
    process(element: string, emit): void {
      console.log(`saw ${element}`);
      if (mistake === "throws" && element === "two") throw new TypeError(`${element} is too much`);
      if (mistake === "promise") return Promise.resolve().then(() => emit("main", element)) as unknown as undefined;
      void emit("main", element);
    },
  }),
});

export async function build(root: beam.Root, [mistake = ""]: readonly string[]): Promise<void> {
  await Promise.resolve();
  if (mistake === "build") throw new Error("nobody said where to read");
  const seen = root.apply(beam.create(["one", "two"])).apply(look({ mistake })).main;
  if (mistake === "stuck") await new Promise(() => undefined);
  if (mistake === "coder")
    seen.apply(beam.asyncBoundary(beam.jsonCoder<string>("test:coder:late", 1), { maxElements: 1 }));
  if (mistake === "doFn") {
    const late = beam.doFn("late", {
      outputs: { main: texts },
      open: () => ({ process: (element: string, emit) => void emit("main", element) }),
    });
    seen.apply(late());
  }
  if (mistake === "map") seen.map((element: string) => new Map([[element, 1]]));
}
