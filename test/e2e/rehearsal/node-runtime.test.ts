/** The jar's Node.js on hosts that lack its requirements. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { NODE_VERSION, nodeCommand, nodeRuntime, type RuntimeFile } from "../../../runners/msf/node-runtime";
import { bareHost, hostsFor } from "./support/bare-host";
import { startNameServer } from "./support/name-server";

const run = promisify(execFile);
const CACHE = path.resolve(__dirname, "../../../.local/msf");
const CHECKS = path.join(__dirname, "support/node-checks.mjs");
const NAME = "search.chats.test";
const ADDRESS = "127.0.0.9";
const FETCH_LIMIT_MS = 240_000;
const HEAP_MB = 200;
/** Node counts its young space in, so the limit it reports is higher. */
const HEAP_SLACK_MB = 64;

describe("Node.js out of the jar", function () {
  this.timeout(60_000);
  let files: readonly RuntimeFile[];

  before(async function () {
    this.timeout(FETCH_LIMIT_MS);
    await hostsFor(this);
    files = await nodeRuntime(CACHE, () => undefined);
  });

  for (const hasLibraries of [false, true]) {
    it(`runs on a host with ${hasLibraries ? "libraries of 2013" : "no libraries at all"}`, async function () {
      this.timeout(FETCH_LIMIT_MS);
      const names = await startNameServer(NAME, ADDRESS);
      const host = await bareHost({
        hasLibraries,
        nameServer: names.address,
        readOnly: { "/node": path.dirname(files.find(({ name }) => name === "node")!.file), "/checks.mjs": CHECKS },
      });
      try {
        const [command = "", ...args] = [
          ...host.enter,
          ...nodeCommand("/node"),
          `--max-old-space-size=${HEAP_MB}`,
          ...["/checks.mjs", NAME],
        ];
        const { stdout } = await run(command, args, { env: { PATH: process.env["PATH"] } });
        const { heapLimitMb, roots, ipv6, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
        assert.deepEqual(rest, {
          version: NODE_VERSION,
          thread: 42,
          http2: "you asked for /sessions",
          tls: "secret",
          localhost: "127.0.0.1",
          byName: [{ address: ADDRESS, family: 4 }],
          unknown: "ENOTFOUND",
          time: "01/01/1970, 01:00:00",
        });
        assert.ok(Number(roots) > 100, "it knows the roots of the web");
        assert.ok(ipv6 === "six" || ipv6 === "no IPv6 here");
        assert.ok(Number(heapLimitMb) <= HEAP_MB + HEAP_SLACK_MB);
      } finally {
        names.stop();
        await host.remove();
      }
    });
  }

  it("would not run there by itself", async function () {
    const host = await bareHost({ hasLibraries: true, readOnly: { "/node": path.dirname(files[0]!.file) } });
    try {
      const [command = "", ...args] = [...host.enter, "/node/node", "--version"];
      await assert.rejects(run(command, args, { env: { PATH: process.env["PATH"] } }), /GLIBC_2\.28' not found/);
    } finally {
      await host.remove();
    }
  });

  it("comes with everybody's licence", () => {
    const licences = files.map(({ name }) => name).filter((name) => name.startsWith("licences/"));
    const known = ["GPL-2", "GPL-3", "LGPL-2.1", "glibc", "libstdc++-and-libgcc", "node"];
    assert.deepEqual(
      licences.map((name) => name.slice("licences/".length)),
      known,
    );
  });
});
