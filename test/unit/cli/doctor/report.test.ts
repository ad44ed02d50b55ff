/** The doctor's report, which people show to others. */
import assert from "node:assert/strict";
import { reportJson } from "../../../../src/cli/doctor/report";

const KNOWN = {
  names: ["payroll-chat", "payroll-chat-ledger", "ok", "name", ""],
  addresses: ["https://me:secret@search.acme.example:9200", "/home/me/my chats", "acme-chats"],
};

function reported(cure: string): { json: string; cure: string; verdict: string; found: string } {
  const look = { name: "kinesis:GetRecords", expected: "a record", verdict: "ok" as const, tookMs: 123_456_789_012 };
  const finding = { ...look, found: "payroll-chat, ok", cure, facts: { name: "payroll-chat", bytes: 123_456_789_012 } };
  const report = { node: "v20", platform: "linux", region: "eu-west-1", findings: [finding] };
  const json = reportJson(report, KNOWN);
  const { findings } = JSON.parse(json) as { findings: { cure: string; verdict: string; found: string }[] };
  return { json, ...findings[0]! };
}

describe("the doctor's report", () => {
  const CASES: Readonly<Record<string, readonly [said: string, left: string]>> = {
    "an account": ["Ask 123456789012 or 1234-5678-9012.", "Ask <account> or <account>."],
    "an address with all of its path": ["See https://x.es.amazonaws.com/payroll?a=1.", "See <address>."],
    "a known host without its scheme": [
      "OpenSearch at search.acme.example:9200 does not answer (ENOTFOUND search.acme.example): look.",
      "OpenSearch at <address> does not answer (ENOTFOUND <address>): look.",
    ],
    "hosts that only their form tells": [
      "vpc-x.eu-west-1.es.amazonaws.com, 10.0.0.7:443, localhost:9200, ip-10-0-0-7.ec2.internal",
      "<address>, <address>, <address>, <address>",
    ],
    "what follows arn:": [
      'AWS says: "User: arn:aws:sts::123456789012:assumed-role/Payroll/ann@acme.example is not authorized on arn:aws:iam::123456789012:user/me."',
      'AWS says: "User: arn:<name> is not authorized on arn:<name>."',
    ],
    "people and roles without an ARN": [
      "assumed-role/Payroll/ann,b@acme.example may not; user/me may.",
      "assumed-role/<name> may not; user/<name> may.",
    ],
    "objects and buckets": [
      "s3://acme-chats/ann/1.json is archived, and acme-chats is empty.",
      "<address> is archived, and <address> is empty.",
    ],
    "paths of this machine": [
      "/home/me/my chats/a.jsonl, /var/me/b.gz, ~/c.json and C:\\me\\d.json have no line.",
      "<address>, <address>, <address> and <address> have no line.",
    ],
    "names, the longer first": ["payroll-chat-ledger, payroll-chat-doctor-1", "<name>, <name>-doctor-1"],
    "nothing else": [
      "opensearch: GET /, GET _mapping; docs/managed-flink.md; us.amazon.nova-lite-v1:0; 2.19.1; token",
      "opensearch: GET /, GET _mapping; docs/managed-flink.md; us.amazon.nova-lite-v1:0; 2.19.1; token",
    ],
  };
  for (const [what, [said, left]] of Object.entries(CASES)) {
    it(`redacts ${what}`, () => assert.equal(reported(said).cure, left));
  }

  it("keeps verdicts, keys and figures, whatever a stream is called", () => {
    const { json, verdict, found } = reported("none");
    assert.equal(verdict, "ok");
    assert.equal(found, "<name>, <name>");
    assert.match(json, /"name": "<name>",\s+"bytes": 123456789012/);
    assert.match(json, /"tookMs": 123456789012/);
  });
});
