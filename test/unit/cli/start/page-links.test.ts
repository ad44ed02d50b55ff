import assert from "node:assert/strict";
import { directTarget } from "../../../../runners/direct";
import { jobOnFlink } from "../../../../runners/flink";
import { withLinks } from "../../../../src/cli/start/page";
import { readOptions } from "../../../../src/options";

const PAGE = { address: "http://127.0.0.1:4780" };
const CLUSTER = ["--runner", "flink", "--flink-master", "http://127.0.0.1:8081"];
const REAL = [
  "--no-local",
  "--stream",
  "chat",
  "--region",
  "us-east-1",
  "--opensearch-endpoint",
  "https://search.example.com",
];

/** The page that alerts of a job with these options lead to, where it serves one. */
function linkedTo(...argv: readonly string[]): string | undefined {
  const options = readOptions(argv, {}, 0);
  const target = options.flink === undefined ? directTarget(options) : jobOnFlink(options, options.flink);
  const settings = options.pipelineSettings({ opensearch: "http://127.0.0.1:1" }, 0);
  return withLinks(settings, PAGE, target).alerts.pageUrl;
}

describe("links in alerts", () => {
  it("lead to the page beside a job that ends with it", () => {
    assert.equal(linkedTo(), PAGE.address);
    assert.equal(linkedTo("--runner", "flink"), PAGE.address);
    assert.equal(linkedTo(...CLUSTER), PAGE.address);
  });

  it("do not lead to a page that the job may outlive", () => {
    assert.equal(linkedTo(...CLUSTER, ...REAL, "--page", "--detach"), undefined);
    assert.equal(linkedTo(...CLUSTER, ...REAL, "--page"), undefined);
  });

  it("lead to the page that was named", () => {
    const named = ["--page-url", "https://chats.example.com"] as const;
    assert.equal(linkedTo(...named), named[1]);
    assert.equal(linkedTo(...CLUSTER, ...REAL, "--detach", ...named), named[1]);
  });
});
