/**
 * Classes of src/beam/java that stand before Beam's or Flink's of the same name: each repeats the original's behaviour,
 * but for one thing. A move to a version in which an original differs must bring that difference over.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openAsBlob, readdirSync } from "node:fs";
import path from "node:path";
import { BlobReader, configure, type FileEntry, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { flinkClassPath, flinkRunnerJar } from "../../../src/beam/flink/embedded/build";

/** Folders of Beam's sources, by artifact. */
const BEAM_SOURCES: Readonly<Record<string, string>> = {
  "beam-runners-flink": "runners/flink/src/main/java",
  "beam-runners-java-fn-execution": "runners/java-fn-execution/src/main/java",
};

/** SHA-256 of the originals' class files, those of their inner classes included, by artifact. */
const ORIGINALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "beam-runners-flink": {
    "org/apache/beam/runners/flink/metrics/FlinkMetricContainer.class":
      "c07dda2f732884f9692bc88522d9625582d3319a1748e3a2b847e847465934c6",
    "org/apache/beam/runners/flink/translation/wrappers/streaming/WindowDoFnOperator.class":
      "a6050ce3c9a966f9d1554ac8395fcb2fef7cc6585c7e5a7810956f046a9b0dd4",
  },
  "beam-runners-java-fn-execution": {
    "org/apache/beam/runners/fnexecution/control/BundleCheckpointHandlers$StateAndTimerBundleCheckpointHandler.class":
      "97da4488e73b44818921dbf1dec1aa41f49d2f93f8573102effa17c381c9e8b5",
    "org/apache/beam/runners/fnexecution/control/BundleCheckpointHandlers.class":
      "6a95aca0919efa93f0c014c7174aa114b84ced37f1e041f365c91393132619e7",
    "org/apache/beam/runners/fnexecution/control/DefaultExecutableStageContext.class":
      "dfd94c72d62d5625ee0db8632f24644c95d035d6a681672e73ab96f7d05c1dd4",
    "org/apache/beam/runners/fnexecution/environment/ProcessEnvironmentFactory$Provider.class":
      "4247b2a3f0097588008b2d5bb7805448e47f009533df0d1253410d1f30c1a84d",
    "org/apache/beam/runners/fnexecution/environment/ProcessEnvironmentFactory.class":
      "7ee1b5e4509c5f4f6c6059649364b0f86f5fb1e42986a34b9cf80d44f570de5d",
  },
};

/** Classes whose private parts ours reach by reflection, and what to look for in another version, by artifact. */
const REACHED: Readonly<Record<string, { readonly look: string; readonly classes: Readonly<Record<string, string>> }>> =
  {
    "beam-runners-flink": {
      look:
        "see whether emitResults still emits all outputs that have arrived, and whether the receivers' factory is still " +
        "an inner class of what has it (EarlyOutputs), and whether the handler of progress still adds up what both of its methods are told",
      classes: {
        "org/apache/beam/runners/flink/translation/wrappers/streaming/ExecutableStageDoFnOperator$1.class":
          "6fe003265aa86c742c2e0d7469779de6459d80b85b6f14dea84193267dcaf76a",
        "org/apache/beam/runners/flink/translation/wrappers/streaming/ExecutableStageDoFnOperator$SdkHarnessDoFnRunner.class":
          "951d83ff52d17ab87623450559f95b2035422ef2d8f748ac37d651bf4e44ed30",
        "org/apache/beam/runners/flink/translation/wrappers/streaming/ExecutableStageDoFnOperator$SdkHarnessDoFnRunner$1.class":
          "7436cacecd963192480ce97d7feb0e1027f3c773b9784424fe9317588f767ff8",
      },
    },
    "beam-runners-java-fn-execution": {
      look: "see whether a bundle's receivers still hand on to the aggregator's (EarlyInputs)",
      classes: {
        "org/apache/beam/runners/fnexecution/control/SdkHarnessClient$CountingFnDataReceiver.class":
          "a7605db85e1f1f488e2109b8f46aae7e8b5278b888d2bb10956389f265c4bd08",
      },
    },
    "beam-sdks-java-core": {
      look: "see whether flush still sends what all receivers have gathered, without a thread of its own (EarlyInputs)",
      classes: {
        "org/apache/beam/sdk/fn/data/BeamFnDataOutboundAggregator.class":
          "541f1fb0e06d7b30ad30ef361ca853566334135f19e7b2f7d6cc79d915111f2b",
        "org/apache/beam/sdk/fn/data/BeamFnDataOutboundAggregator$Receiver.class":
          "d5b147a17d27d4af178d6cca67a3830c1ff005f90895e1f36aa5981f2b7213e1",
      },
    },
  };

describe("Stand-ins for classes of Beam", function () {
  this.timeout(300_000);
  let classes = "";
  let jars = "";

  before(async () => {
    configure({ useWebWorkers: false });
    const [own, others] = await flinkClassPath((line) => console.log(line));
    classes = path.join(path.dirname(own), "classes");
    jars = path.dirname(others);
  });

  const originals = async (jar: string): Promise<Map<string, string>> => {
    const own = new Set(readdirSync(classes, { recursive: true, encoding: "utf8" }).filter(isClass));
    return new Map(
      await Promise.all((await entriesOf(jar)).filter(({ filename }) => own.has(outer(filename))).map(hashed)),
    );
  };

  for (const [artifact, pinned] of Object.entries(ORIGINALS)) {
    it(`in ${artifact} are those that were compared with ours, and no others`, async () => {
      const jar = readdirSync(jars).find((name) => name.startsWith(`${artifact}-`) && name.endsWith(".jar"));
      assert(jar !== undefined, `${artifact} is not in ${jars}`);
      const found = await originals(path.join(jars, jar));
      for (const name of new Set([...Object.keys(pinned), ...found.keys()])) {
        const source = `${BEAM_SOURCES[artifact]}/${outer(name).replace(/class$/, "java")}`;
        assert.equal(
          found.get(name),
          pinned[name],
          `${name} of ${jar} is another one: compare ${source} of this version of Beam with the one before, bring what ` +
            `differs over to src/beam/java/src/main/java/${outer(name).replace(/class$/, "java")}, then pin it here.`,
        );
      }
    });
  }

  for (const [artifact, { look, classes: reached }] of Object.entries(REACHED)) {
    it(`reach into ${artifact} as it was when they were written`, async () => {
      const jar = readdirSync(jars).find((name) => name.startsWith(`${artifact}-`) && name.endsWith(".jar"));
      assert(jar !== undefined, `${artifact} is not in ${jars}`);
      const entries = (await entriesOf(path.join(jars, jar))).filter(({ filename }) => filename in reached);
      const found = Object.fromEntries(await Promise.all(entries.map(hashed)));
      assert.deepEqual(found, reached, `${jar} is another one: ${look}, then pin it here.`);
    });
  }

  it("are in no other jar", async () => {
    const others = readdirSync(jars).filter(
      (name) => name.endsWith(".jar") && !Object.keys(ORIGINALS).some((artifact) => name.startsWith(`${artifact}-`)),
    );
    for (const jar of others) assert.deepEqual([...(await originals(path.join(jars, jar))).keys()], [], jar);
  });

  it("are alone in the jar for clusters: it holds no original", async () => {
    const entries = await entriesOf(await flinkRunnerJar(() => undefined));
    const hashes = new Set(Object.values(ORIGINALS).flatMap((pinned) => Object.values(pinned)));
    const standIns = entries.filter(({ filename }) =>
      Object.values(ORIGINALS).some((pinned) => Object.keys(pinned).some((name) => outer(name) === outer(filename))),
    );
    const found = await Promise.all(standIns.map(hashed));
    assert(
      found.length >=
        Object.values(ORIGINALS)
          .flatMap((pinned) => Object.keys(pinned))
          .filter(isOuter).length,
    );
    assert.deepEqual(
      found.filter(([, hash]) => hashes.has(hash)),
      [],
    );
    const names = entries.map(({ filename }) => filename);
    assert.deepEqual(
      found.map(([name]) => name).filter((name) => names.indexOf(name) !== names.lastIndexOf(name)),
      [],
    );
  });
});

function isClass(name: string): boolean {
  return name.endsWith(".class");
}

function isOuter(name: string): boolean {
  return !name.includes("$");
}

/** The file of the outermost class around a class file's class. */
function outer(name: string): string {
  return name.replace(/\$.*(?=\.class$)/, "");
}

async function entriesOf(jar: string): Promise<readonly FileEntry[]> {
  const entries = await new ZipReader(new BlobReader(await openAsBlob(jar))).getEntries();
  return entries.filter((entry) => !entry.directory).filter(({ filename }) => isClass(filename));
}

async function hashed(entry: FileEntry): Promise<[name: string, sha256: string]> {
  const content = await entry.getData(new Uint8ArrayWriter());
  return [entry.filename, createHash("sha256").update(content).digest("hex")];
}
