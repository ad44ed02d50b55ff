import assert from "node:assert/strict";
import { JobError } from "../../../src/chat/errors";
import { openTelemetry } from "../../../src/telemetry/open";
import { telemetrySettings } from "../../../src/telemetry/settings";
import { startCollector } from "../../support/telemetry/collector";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
const DEFAULTS = { protocol: "http/protobuf", intervalMs: 60_000, timeoutMs: 30_000 };

describe("where metrics go", () => {
  it("is nowhere without a port and an endpoint, and where OpenTelemetry's variables turn it off", () => {
    assert.equal(telemetrySettings(undefined, {}), undefined);
    assert.equal(telemetrySettings(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: " " }), undefined);
    assert.equal(telemetrySettings(undefined, { ...ENDPOINT, OTEL_SDK_DISABLED: "true" }), undefined);
    assert.equal(telemetrySettings(undefined, { ...ENDPOINT, OTEL_METRICS_EXPORTER: "none" }), undefined);
    assert.deepEqual(telemetrySettings(0, {}), { metricsPort: 0 });
  });

  it("follows the endpoint and the variables for metrics alone", () => {
    assert.deepEqual(telemetrySettings(undefined, ENDPOINT), { otlp: DEFAULTS });
    const own = {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://127.0.0.1:1/x",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "5000",
    };
    const otlp = { protocol: "http/json", intervalMs: 5_000, timeoutMs: 5_000 };
    assert.deepEqual(telemetrySettings(9464, own), { metricsPort: 9464, otlp });
  });

  it("refuses what it cannot follow, in one sentence that says the cure", () => {
    const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
      [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, /must be http\/protobuf or http\/json, not grpc; .* 4318\.$/],
      [{ OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta" }, /must be cumulative, not delta; /],
      [{ OTEL_METRIC_EXPORT_INTERVAL: "5s" }, /OTEL_METRIC_EXPORT_INTERVAL must be a whole number of milliseconds/],
    ];
    for (const [variables, sentence] of wrong) {
      assert.throws(
        () => telemetrySettings(undefined, { ...ENDPOINT, ...variables }),
        (error) => error instanceof JobError && error.code === "BAD_OPTION" && sentence.test(error.message),
      );
    }
  });

  it("is a collector that gets Protocol Buffers by default, and the last figures at the end", async () => {
    const collector = await startCollector();
    const saved = process.env["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];
    process.env["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = `${collector.url}/own/path`;
    try {
      const { otlp } = telemetrySettings(undefined, process.env) ?? {};
      assert.ok(otlp !== undefined);
      const telemetry = await openTelemetry({ otlp });
      const facts = { stream: undefined, index: "i", summaryModel: "m", embeddingModel: "e" };
      telemetry.follow({ metrics: async () => [{ transform: "t", name: "read", kind: "counter", value: 7 }] }, facts);
      await telemetry.close();
      const [{ path, headers, body }, ...more] = collector.sent as [(typeof collector.sent)[number]];
      assert.deepEqual(more, []);
      assert.equal(path, "/own/path");
      assert.equal(headers["content-type"], "application/x-protobuf");
      assert.ok(body.includes("chat_sessions.messages.read"));
      assert.ok(!body.includes("messaging.client.consumed.messages"), "files are no messages of a broker");
    } finally {
      if (saved === undefined) delete process.env["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];
      else process.env["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = saved;
      await collector.stop();
    }
  });
});
