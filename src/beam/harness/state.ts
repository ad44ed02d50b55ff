/**
 * The state service: one stream per endpoint, shared by all bundles of this worker.
 *
 * 1. Answers are matched to requests by id. An answer that nobody waits for is dropped.
 * 2. Pages are requested by continuation token until the token is empty.
 * 3. When the stream breaks, all pending and all later requests fail. It is never opened again.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { INSECURE } from "../sdk/channel";
import type { fnApi, WorkerIdentity } from "../sdk/fn-api";
import { BeamFnStateClient, CHANNEL_OPTIONS, workerMetadata } from "../sdk/fn-api";
import { type Deferred, deferred } from "../deferred";
import { BeamError } from "../error";

export class StateChannel {
  private readonly client: BeamFnStateClient;
  private readonly stream: ClientDuplexStream<fnApi.StateRequest, fnApi.StateResponse>;
  private readonly waiting = new Map<string, Deferred<fnApi.StateResponse>>();
  private nextId = 0;
  private failure: Error | undefined;

  /** Opens the stream. `onFailure` is called once, when the stream has broken. */
  constructor(
    url: string,
    worker: WorkerIdentity,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.client = new BeamFnStateClient(url, INSECURE, CHANNEL_OPTIONS);
    this.stream = this.client.state(workerMetadata(worker));
    this.stream.on("data", (response: fnApi.StateResponse) => this.receive(response));
    this.stream.on("error", (error) => this.fail(error.message));
    this.stream.on("end", () => this.fail("the runner closed it"));
  }

  /** Returns all bytes under the key, with the pages concatenated. Rejects when the runner answers with an error. */
  async get(instructionId: string, stateKey: fnApi.StateKey): Promise<Buffer> {
    const pages: Uint8Array[] = [];
    let continuationToken: Uint8Array = new Uint8Array();
    do {
      const { response } = await this.request(instructionId, stateKey, continuationToken);
      if (response.oneofKind !== "get") {
        throw new BeamError("PIPELINE", "The runner answered a request for state with another kind.");
      }
      pages.push(response.get.data);
      continuationToken = response.get.continuationToken;
    } while (continuationToken.length > 0);
    return Buffer.concat(pages);
  }

  end(): void {
    this.stream.end();
    this.client.close();
  }

  private request(
    instructionId: string,
    stateKey: fnApi.StateKey,
    continuationToken: Uint8Array,
  ): Promise<fnApi.StateResponse> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const id = String(this.nextId++);
    const answer = deferred<fnApi.StateResponse>();
    this.waiting.set(id, answer);
    this.stream.write({ id, instructionId, stateKey, request: { oneofKind: "get", get: { continuationToken } } });
    return answer.promise;
  }

  private receive(response: fnApi.StateResponse): void {
    const waiter = this.waiting.get(response.id);
    this.waiting.delete(response.id);
    if (response.error === "") waiter?.resolve(response);
    // The runner's message is not quoted: it may hold keys, which are data.
    else waiter?.reject(new BeamError("PIPELINE", "The runner answered a request for state with an error."));
  }

  private fail(reason: string): void {
    if (this.failure !== undefined) return;
    this.failure = new BeamError("PIPELINE", `The state stream to the runner broke: ${reason}.`);
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
    this.onFailure(this.failure);
  }
}
