/** A runner of one worker: all services of the Fn API on one port of this process, driven by a test. */
import { type Metadata, Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import {
  beamFnControlDefinition,
  beamFnDataDefinition,
  beamFnLoggingDefinition,
  beamFnStateDefinition,
  type IBeamFnControl,
  type IBeamFnData,
  type IBeamFnLogging,
  type IBeamFnState,
} from "apache-beam/proto/beam_fn_api.grpc-server";
import { type IProvisionService, provisionServiceDefinition } from "apache-beam/proto/beam_provision_api.grpc-server";
import { ProvisionInfo } from "apache-beam/proto/beam_provision_api";
import type { fnApi } from "../../../../src/beam/sdk/fn-api";

type Request = fnApi.InstructionRequest["request"];
type StateAnswer = Pick<fnApi.StateResponse, "error" | "response">;

export interface FakeRunnerOptions {
  readonly capabilities?: readonly string[];
  readonly withoutLogging?: boolean;
}

export class FakeRunner {
  url = "";
  readonly descriptors = new Map<string, fnApi.ProcessBundleDescriptor>();
  readonly logs: fnApi.LogEntry[] = [];
  readonly stateRequests: fnApi.StateRequest[] = [];
  readonly workerIds = new Set<string>();
  /** Authorizations of the calls, by their kind. */
  readonly authorizations = new Map<string, string | undefined>();
  descriptorRequests = 0;
  onState: (request: fnApi.StateRequest) => StateAnswer = () => ({
    error: "no such state",
    response: { oneofKind: undefined },
  });
  /** Everything received for an instruction that a test asked about. */
  readonly received = new Map<string, fnApi.Elements_Data[]>();
  data: ServerDuplexStream<fnApi.Elements, fnApi.Elements> | undefined;
  control: ServerDuplexStream<fnApi.InstructionResponse, fnApi.InstructionRequest> | undefined;
  logging: ServerDuplexStream<fnApi.LogEntry_List, fnApi.LogControl> | undefined;
  private readonly server = new Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  private readonly answers = new Map<string, (response: fnApi.InstructionResponse) => void>();
  private watchers: (() => void)[] = [];
  private nextId = 0;
  private isOver = false;

  private constructor(private readonly options: FakeRunnerOptions) {}

  static async start(options: FakeRunnerOptions = {}): Promise<FakeRunner> {
    const runner = new FakeRunner(options);
    runner.addServices();
    const port = await new Promise<number>((resolve, reject) => {
      runner.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    runner.url = `127.0.0.1:${port}`;
    return runner;
  }

  newInstructionId(): string {
    return `instruction-${this.nextId++}`;
  }

  /** Sends one instruction; resolves with its answer, an error too. */
  async instruct(request: Request, instructionId = this.newInstructionId()): Promise<fnApi.InstructionResponse> {
    await this.until(() => this.control !== undefined);
    return new Promise((resolve) => {
      this.answers.set(instructionId, resolve);
      this.control!.write({ instructionId, request });
    });
  }

  /** Sends data; resolves when the stream takes more. */
  async send(instructionId: string, transformId: string, data: Uint8Array, isLast = false): Promise<void> {
    await this.until(() => this.data !== undefined);
    const chunks = [{ instructionId, transformId, data, isLast: false }];
    const end = { instructionId, transformId, data: new Uint8Array(), isLast: true };
    const more = this.data!.write({ data: isLast ? [...chunks, end] : chunks, timers: [] });
    if (!more) await new Promise((resolve) => this.data!.once("drain", resolve));
  }

  /** The data of one output until its end. */
  async output(instructionId: string, transformId: string): Promise<Uint8Array> {
    const own = (): fnApi.Elements_Data[] =>
      (this.received.get(instructionId) ?? []).filter((chunk) => chunk.transformId === transformId);
    await this.until(() => own().some(({ isLast }) => isLast));
    return Buffer.concat(own().map(({ data }) => data));
  }

  /** Resolves as soon as an event makes `holds` true. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.watchers.push(resolve));
  }

  /** Ends the worker's streams as a runner does that has finished. */
  endWorker(): void {
    this.isOver = true;
    this.control?.end();
  }

  /** Ends everything as if the runner's process were killed. */
  kill(): void {
    this.server.forceShutdown();
  }

  private hear(kind: string, metadata: Metadata): void {
    for (const id of metadata.get("worker_id")) this.workerIds.add(String(id));
    this.authorizations.set(kind, metadata.get("authorization").map(String).join() || undefined);
  }

  private changed(): void {
    const { watchers } = this;
    this.watchers = [];
    for (const watcher of watchers) watcher();
  }

  private addServices(): void {
    const { server } = this;
    const provision: IProvisionService = {
      getProvisionInfo: (call, callback) => {
        this.hear("provision", call.metadata);
        const endpoint = { url: this.url };
        const info = ProvisionInfo.create({
          runnerCapabilities: [...(this.options.capabilities ?? [])],
          controlEndpoint: endpoint,
          ...(this.options.withoutLogging ? {} : { loggingEndpoint: endpoint }),
        });
        callback(null, { info });
      },
    };
    const control: IBeamFnControl = {
      control: (call) => {
        this.hear("control", call.metadata);
        this.control = call;
        if (this.isOver) call.end();
        call.on("data", (response: fnApi.InstructionResponse) => {
          const resolve = this.answers.get(response.instructionId);
          this.answers.delete(response.instructionId);
          resolve?.(response);
        });
        call.on("error", () => undefined);
        call.on("end", () => call.end());
        this.changed();
      },
      getProcessBundleDescriptor: (call, callback) => {
        this.hear("descriptor", call.metadata);
        this.descriptorRequests++;
        const descriptor = this.descriptors.get(call.request.processBundleDescriptorId);
        if (descriptor === undefined) callback(new Error("no such descriptor"));
        else callback(null, descriptor);
      },
    };
    const data: IBeamFnData = {
      data: (call) => {
        this.hear("data", call.metadata);
        this.data = call;
        call.on("data", (elements: fnApi.Elements) => {
          for (const chunk of elements.data) {
            const chunks = this.received.get(chunk.instructionId);
            if (chunks === undefined) this.received.set(chunk.instructionId, [chunk]);
            else chunks.push(chunk);
          }
          this.changed();
        });
        call.on("error", () => undefined);
        call.on("end", () => call.end());
        this.changed();
      },
    };
    const state: IBeamFnState = {
      state: (call) => {
        this.hear("state", call.metadata);
        call.on("data", (request: fnApi.StateRequest) => {
          this.stateRequests.push(request);
          call.write({ id: request.id, ...this.onState(request) });
          this.changed();
        });
        call.on("error", () => undefined);
        call.on("end", () => call.end());
      },
    };
    const logging: IBeamFnLogging = {
      logging: (call) => {
        this.hear("logging", call.metadata);
        this.logging = call;
        call.on("data", ({ logEntries }: fnApi.LogEntry_List) => {
          this.logs.push(...logEntries);
          this.changed();
        });
        call.on("error", () => undefined);
        call.on("end", () => call.end());
        this.changed();
      },
    };
    server.addService(provisionServiceDefinition, provision);
    server.addService(beamFnControlDefinition, control);
    server.addService(beamFnDataDefinition, data);
    server.addService(beamFnStateDefinition, state);
    server.addService(beamFnLoggingDefinition, logging);
  }
}
