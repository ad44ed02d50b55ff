import assert from "node:assert/strict";
import { evaluate } from "../../../src/cli/evaluate";
import { isFatal } from "../../support/chat/fatal";

const NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

describe("npm run evaluate", function () {
  this.timeout(60_000);
  const saved = NAMES.map((name) => [name, process.env[name]] as const);
  before(() => NAMES.forEach((name) => (process.env[name] = "test")));
  after(() => {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("says once, before it asks, that the default model may read chats in any region", async () => {
    const said: string[] = [];
    // Nobody answers there.
    const where = ["--no-local", "--region", "eu-west-2", "--bedrock-endpoint", "https://127.0.0.1:9"];
    await assert.rejects(
      evaluate(["docs/examples/labelled.jsonl", "--taxonomy", "docs/examples/retail.json", ...where], {}, 80, (line) =>
        said.push(line),
      ),
      isFatal("SERVICE_UNREACHABLE", /Bedrock/),
    );
    assert.equal(said.length, 1);
    assert.match(said[0]!, /may read chat text in any region of AWS, since no profile .* is known for eu-west-2/);
  });
});
