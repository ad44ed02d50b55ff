import assert from "node:assert/strict";
import { refusalOf } from "../../../src/local/origin-guard";

const PORT = 4_567;

/** The refusal of a request with these headers, beside those of a client of this machine. */
function refusal(headers: Readonly<Record<string, string | undefined>>, method = "GET"): string | undefined {
  return refusalOf({ method, headers: { host: `127.0.0.1:${PORT}`, ...headers }, port: PORT });
}

describe("the guard before services of this machine", () => {
  it("lets pass whoever asks for the service by its own name, and its own pages", () => {
    for (const host of ["127.0.0.1", "localhost", "LocalHost", "[::1]"]) {
      assert.equal(refusal({ host: `${host}:${PORT}` }), undefined, host);
      assert.equal(refusal({ host: undefined, ":authority": `${host}:${PORT}` }), undefined, host);
    }
    assert.equal(refusal({ origin: `http://localhost:${PORT}`, "sec-fetch-site": "same-origin" }), undefined);
  });

  it("refuses any other name, in both protocols, and none", () => {
    const names = [
      "evil.example",
      "127.0.0.1",
      "127.0.0.1:80",
      "127.0.0.2:4567",
      `localhost.:${PORT}`,
      `x@localhost:${PORT}`,
    ];
    for (const name of [...names, ""]) {
      assert.match(refusal({ host: name }) ?? "", /only as 127\.0\.0\.1:4567/, name);
      assert.ok(refusal({ ":authority": name }), `a good host does not help: ${name}`);
      assert.ok(refusal({ host: name, ":authority": `localhost:${PORT}` }), `nor a good authority: ${name}`);
    }
    assert.ok(refusal({ host: undefined }));
    assert.ok(refusalOf({ method: "GET", headers: { host: "127.0.0.1:undefined" }, port: undefined }));
  });

  it("knows that browsers leave out the port of plain http, there alone", () => {
    const at = (port: number, host: string, origin?: string): string | undefined =>
      refusalOf({ method: "GET", headers: { host, ...(origin === undefined ? {} : { origin }) }, port });
    for (const host of ["127.0.0.1", "localhost", "[::1]", "127.0.0.1:80"]) {
      assert.equal(at(80, host, `http://${host}`), undefined, host);
      for (const port of [8_080, 443]) assert.match(at(port, host) ?? "", /only as/, `${host} on ${port}`);
    }
    assert.match(at(80, "evil.example") ?? "", /only as 127\.0\.0\.1/);
    assert.match(at(80, "localhost:8080") ?? "", /only as/);
    for (const origin of ["https://localhost", "http://localhost:8080", "http://evil.example"])
      assert.match(at(80, "localhost", origin) ?? "", /no other web site/, origin);
  });

  it("refuses any other site", () => {
    const origins = ["null", "", "https://127.0.0.1:4567", "http://127.0.0.1:4568", "http://127.0.0.1", "file://"];
    for (const origin of origins) assert.match(refusal({ origin }) ?? "", /no other web site/, origin);
    for (const site of ["cross-site", "same-site", ""]) assert.ok(refusal({ "sec-fetch-site": site }), site);
  });

  it("takes no content that a page may send without asking", () => {
    const simple = [
      "text/plain",
      "multipart/form-data; boundary=x",
      "application/x-www-form-urlencoded",
      "",
      "application",
    ];
    for (const type of [...simple, undefined, " Application/X-WWW-Form-Urlencoded;charset=UTF-8"]) {
      assert.match(refusal({ "content-type": type }, "POST") ?? "", /Content-Type/, type);
    }
    for (const type of [
      "application/json; charset=utf-8",
      "application/x-amz-json-1.1",
      "application/x-amz-cbor-1.1",
    ]) {
      assert.equal(refusal({ "content-type": type }, "POST"), undefined, type);
    }
  });
});
