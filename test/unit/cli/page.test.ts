import assert from "node:assert/strict";
import { readPageLine } from "../../../src/cli/page";
import { HelpWanted } from "../../../src/options";

describe("npm run page", () => {
  const read = (...argv: readonly string[]) => readPageLine(argv, {});

  it("takes the job's options for redrives alone", () => {
    assert.equal(read("--redrive", "--user-field", "customer", "--page-port", "4781").values["userField"], "customer");
    assert.throws(() => read("--user-field", "customer"), /Unknown option '--user-field'/);
    const byVariable = readPageLine(["--user-field", "customer"], { CHAT_SESSIONS_REDRIVE: "yes" });
    assert.deepEqual([byVariable.values["redrive"], byVariable.values["userField"]], [true, "customer"]);
    assert.equal(read().values["redrive"], false);
  });

  it("refuses a job's options that contradict one another before anything starts", () => {
    const domain = ["--no-local", "--opensearch-endpoint", "https://search-x.eu-west-1.es.amazonaws.com"];
    assert.doesNotThrow(() => read(...domain));
    assert.throws(() => read(...domain, "--redrive"), /A real Kinesis needs --stream/);
    assert.doesNotThrow(() => read(...domain, "--redrive", "--stream", "chat"));
  });

  it("lists its own options in its help", () => {
    const helpOf = (error: unknown): string => (error instanceof HelpWanted ? error.help : String(error));
    assert.throws(
      () => read("--help"),
      (error) => helpOf(error).includes("--redrive") && !helpOf(error).includes("--user-field <"),
    );
  });
});
