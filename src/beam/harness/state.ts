/**
 * Side inputs over the state service.
 *
 * 1. One stream per state endpoint, shared by all bundles; requests are matched to answers by id.
 * 2. Pages follow one another by continuation token until the token is empty.
 * 3. What is read is kept for the bundle; across bundles only under the runner's cache token for side inputs.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { fnApi } from "../sdk-fn-api";
import { BeamFnStateClient, CHANNEL_OPTIONS, INSECURE, workerMetadata } from "../sdk-fn-api";

interface Waiter {
  readonly resolve: (response: fnApi.StateResponse) => void;
  readonly reject: (error: Error) => void;
}

export class StateChannel {
  private readonly stream: ClientDuplexStream<fnApi.StateRequest, fnApi.StateResponse>;
  private readonly waiting = new Map<string, Waiter>();
  private nextId = 0;
  private failure: Error | undefined;

  constructor(url: string, workerId: string) {
    const client = new BeamFnStateClient(url, INSECURE, CHANNEL_OPTIONS);
    this.stream = client.state(workerMetadata(workerId));
    this.stream.on("data", (response: fnApi.StateResponse) => this.receive(response));
    this.stream.on("error", (error) => this.fail(error));
    this.stream.on("end", () => this.fail(new Error("the runner closed the state stream")));
  }

  /** All bytes under the key, pages put together. Rejects with the runner's words when it has none. */
  async get(instructionId: string, stateKey: fnApi.StateKey): Promise<Uint8Array> {
    const pages: Uint8Array[] = [];
    let continuationToken: Uint8Array = new Uint8Array();
    do {
      const response = await this.request(instructionId, stateKey, continuationToken);
      if (response.response.oneofKind !== "get")
        throw new Error("the runner answered a state request with another kind");
      pages.push(response.response.get.data);
      continuationToken = response.response.get.continuationToken;
    } while (continuationToken.length > 0);
    return pages.length === 1 ? pages[0]! : Buffer.concat(pages);
  }

  private request(
    instructionId: string,
    stateKey: fnApi.StateKey,
    continuationToken: Uint8Array,
  ): Promise<fnApi.StateResponse> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const id = String(this.nextId++);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.stream.write({ id, instructionId, stateKey, request: { oneofKind: "get", get: { continuationToken } } });
    });
  }

  private receive(response: fnApi.StateResponse): void {
    const waiter = this.waiting.get(response.id);
    this.waiting.delete(response.id);
    if (response.error === "") waiter?.resolve(response);
    else waiter?.reject(new Error(`the runner has no such state: ${response.error}`));
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
