/**
 * The rights that erasures and the retention need inside a domain, on a real OpenSearch: they suffice, and without any
 * one of them the command says so and deletes nothing.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { giveRights } from "../../runners/msf/secure-domain";
import { keyHash } from "../../src/chat/steps/ids/key-hash";
import { erase } from "../../src/cli/erase";
import { retention } from "../../src/cli/retention";
import { prepareOpenSearch } from "../../src/io/opensearch/indexes/prepare";
import { alertIndexOf, type OpenSearchSettings } from "../../src/io/opensearch/settings";
import { PLAIN } from "../support/aws/deployments";
import { isFatal } from "../support/chat/fatal";
import {
  FORGETTER,
  JOB,
  OPERATOR,
  rightsOfDomain,
  SEARCHER,
  settingsOfDomain,
} from "../support/secured-opensearch/domain";
import { type SecuredOpenSearch, startSecuredOpenSearch } from "../support/secured-opensearch/launch";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder";

const API = "/_plugins/_security/api";
const PRIVACY = readFileSync(path.resolve(__dirname, "../../docs/privacy.md"), "utf8");
const DAY_MS = 86_400_000;

const { index, deadLetterIndex } = PLAIN;
const INDEXES = [index, deadLetterIndex, `${index}-ledger`, alertIndexOf(index)];

/** As docs/privacy.md names them. */
const RIGHTS = {
  cluster: ["cluster:monitor/main", "indices:data/read/mget", "indices:data/read/msearch", "indices:data/write/bulk"],
  indexes: ["indices:admin/mappings/get", "indices:admin/refresh*", "indices:data/read/*", "indices:data/write/*"],
} as const;
/** Without these, the retention has nothing to ask. */
const ERASURE_ONLY: readonly string[] = [
  "cluster:monitor/main",
  "indices:admin/mappings/get",
  "indices:data/read/msearch",
];

type Forget = (who: string) => Promise<unknown>;

describe("rights to forget inside a domain", function () {
  this.timeout(240_000);
  let server: SecuredOpenSearch;
  let folder: TemporaryFolder;
  let settings: OpenSearchSettings;

  before(async () => {
    [server, folder] = await Promise.all([startSecuredOpenSearch(), temporaryFolder("forget-rights")]);
    assert.equal(await giveRights(server.master, rightsOfDomain()), undefined);
    for (const role of [OPERATOR, SEARCHER, FORGETTER]) await server.as(role);
    settings = settingsOfDomain((await server.as(JOB)).connection);
    await prepareOpenSearch(settings);
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  /**
   * An old session, a letter and an alert of ann's, in the form that the job gives them; none of them refreshed yet.
   */
  async function fill(): Promise<void> {
    const old = new Date(Date.now() - 2 * DAY_MS).toISOString();
    const hashes = { sessionKeyHash: keyHash("ann"), userHashes: [keyHash("ann")] };
    const entry = { id: "session", start: old, end: old, added: old, announcement: "a" };
    const documents: readonly object[] = [
      { userId: "ann", start: old, end: old, indexedAt: old },
      { id: "document", kind: "record", time: old, writtenAt: old, chunkCount: 1, ...hashes },
      { userId: "ann", entries: [{ ...entry, id: "document" }] },
      { userHash: keyHash("ann"), start: old, end: old, time: old },
    ];
    for (const [place, json] of documents.entries()) {
      const id = place === 2 ? keyHash("ann") : "document";
      const { status } = await server.master.request({ method: "PUT", path: `/${INDEXES[place]}/_doc/${id}`, json });
      assert.ok(status === 200 || status === 201, `${INDEXES[place]}: ${status}`);
    }
  }

  /** The number of ann's documents, letters and alerts that are left. */
  async function left(): Promise<number> {
    await server.master.request({ method: "POST", path: "/_refresh" });
    const names = INDEXES.filter((name) => !name.endsWith("-ledger")).join(",");
    const { body } = await server.master.request({ method: "GET", path: `/${names}/_count` });
    return (body as { count: number }).count;
  }

  const access = (who: string): readonly string[] => [
    ...["--opensearch-endpoint", settings.connection.endpoint, "--auth", "basic", "--username", who.split("/").at(-1)!],
    ...["--index", index],
  ];
  const COMMANDS: Readonly<Record<string, Forget>> = {
    erase: (who) =>
      erase([...access(who), "--user", "ann", "--receipts", folder.path, "--wait", "0s"], {}, () => undefined),
    retention: (who) => retention(["run", ...access(who), "--retention", "1d"], {}, () => undefined),
  };

  /** Gives the forgetter these rights and no others. */
  async function give({ cluster, indexes }: Readonly<Record<"cluster" | "indexes", readonly string[]>>): Promise<void> {
    const json = {
      cluster_permissions: cluster,
      index_permissions: [{ index_patterns: INDEXES, allowed_actions: indexes }],
    };
    for (const [where, body] of [
      ["roles/forget", json],
      ["rolesmapping/forget", { backend_roles: [FORGETTER] }],
    ] as const) {
      const { status } = await server.master.request({ method: "PUT", path: `${API}/${where}`, json: body });
      assert.ok(status < 300, `${where}: ${status}`);
    }
  }

  for (const [name, forget] of Object.entries(COMMANDS)) {
    it(`are those that the documents name for npm run ${name}`, async () => {
      for (const right of [...RIGHTS.cluster, ...RIGHTS.indexes])
        assert.ok(PRIVACY.includes(`\`${right}\``), `docs/privacy.md does not name ${right}`);
      await fill();
      await give(RIGHTS);
      await forget(FORGETTER);
      assert.equal(await left(), 0);
    });

    const without = ({ kind, right }: { kind: keyof typeof RIGHTS; right: string }) => ({
      ...RIGHTS,
      [kind]: RIGHTS[kind].filter((each) => each !== right),
    });
    const needed = (["cluster", "indexes"] as const)
      .flatMap((kind) => RIGHTS[kind].map((right) => ({ kind, right })))
      .filter(({ right }) => name === "erase" || !ERASURE_ONLY.includes(right));
    for (const each of needed) {
      it(`are said by npm run ${name} where ${each.right} is missing`, async () => {
        await fill();
        const before = await left();
        await give(without(each));
        await assert.rejects(forget(FORGETTER), isFatal("ACCESS_DENIED", /no permissions for|may not/));
        assert.equal(await left(), before);
      });
    }

    it(`are an operator's for npm run ${name}, and no searcher's`, async () => {
      await fill();
      const before = await left();
      await assert.rejects(forget(SEARCHER), isFatal("ACCESS_DENIED", /no permissions for|may not/));
      assert.equal(await left(), before);
      await forget(OPERATOR);
      assert.equal(await left(), 0);
    });
  }
});
