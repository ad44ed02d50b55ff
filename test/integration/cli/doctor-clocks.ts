/** The doctor, the start of a job and a running one beside services whose clocks are off. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { protoOf } from "../../../src/beam";
import { DirectRunner } from "../../../src/beam/direct";
import { doctor } from "../../../src/cli/doctor/run";
import { checkAll } from "../../../src/cli/start/checks";
import { totalsOf } from "../../../src/cli/start/totals";
import { listLocal } from "../../../src/io/files/list-local";
import { prepareOpenSearch } from "../../../src/io/opensearch/indexes/prepare";
import { redirectLogs, setLogLevel } from "../../../src/log";
import { readOptions } from "../../../src/options";
import { buildPipeline } from "../../../src/pipeline";
import { type ClockProxy, startClockProxy } from "../../support/faults/clock-proxy";
import type { TestServices } from "../../support/services";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder";

const ONE_MESSAGE = '{"userId":"ann","content":"hi","timestamp":"2026-01-01T00:00:00Z"}\n';

export function examinesClocks(of: () => TestServices): void {
  describe("beside a clock that is off", () => {
    const clocks: Partial<Record<"bedrock" | "opensearch", ClockProxy>> = {};
    let folder: TemporaryFolder;
    const chat = (): string => path.join(folder.path, "chat.jsonl");
    before(async () => {
      folder = await temporaryFolder("clocks");
      clocks.bedrock = await startClockProxy(of().bedrock.url);
      clocks.opensearch = await startClockProxy(of().openSearch.url());
      await writeFile(chat(), ONE_MESSAGE);
      for (const clock of Object.values(clocks)) clock.setBehind(60_000);
    });
    after(async () => {
      for (const clock of Object.values(clocks)) clock.close();
      await folder?.remove();
    });
    afterEach(() => {
      redirectLogs(undefined);
      setLogLevel(process.env["CHAT_SESSIONS_LOG_LEVEL"] ?? "warn");
    });
    const given = (): string[] =>
      Object.entries(clocks).flatMap(([service, { url }]) => [`--${service}-endpoint`, url]);

    it("compares Bedrock's and OpenSearch's too, also where files are read", async () => {
      const { text } = await doctor(["--input", chat(), "--index", "off", ...given()], {}, () => undefined);
      for (const service of ["Bedrock", "OpenSearch"])
        assert.match(
          text,
          new RegExp(`WRONG +clock beside ${service}'s: it is [56]\\d\\.\\d s ahead.*\\n.*→ This machine's clock`),
        );
      assert.doesNotMatch(text, /beside Kinesis/);
    });

    it("has the start of a job say so", async () => {
      const lines: string[] = [];
      setLogLevel("warn");
      redirectLogs((line) => void lines.push(line));
      const options = readOptions(["--input", chat(), "--index", "off", ...given()], {});
      await checkAll(options.pipelineSettings({ ...options.endpoints }, Date.now(), []));
      for (const service of ["Bedrock", "OpenSearch"])
        assert.equal(
          lines.filter((line) => line.includes(`s ahead of ${service}'s, more than --allowed-disorder`)).length,
          1,
          lines.join(),
        );
    });

    it("has a running job say so, once for all answers", async () => {
      await writeFile(chat(), [1, 2, 3, 4].map((user) => ONE_MESSAGE.replace("ann", `ann-${user}`)).join("\n"));
      const options = readOptions(["--input", chat(), "--index", "off", "--concurrency", "1", ...given()], {});
      const settings = options.pipelineSettings({ ...options.endpoints }, Date.now(), await listLocal([chat()]));
      await prepareOpenSearch(settings.openSearch);
      const lines: string[] = [];
      setLogLevel("warn");
      redirectLogs((line) => void lines.push(line));
      const run = await new DirectRunner().run(await protoOf((root) => buildPipeline(root, settings)));
      await run.finished;
      assert.equal(totalsOf(await run.metrics()).documents, 4);
      for (const service of ["Bedrock", "OpenSearch"])
        assert.equal(
          lines.filter((line) => line.includes(`s ahead of ${service}'s, more than --allowed-disorder`)).length,
          1,
          lines.join(),
        );
    });
  });
}
