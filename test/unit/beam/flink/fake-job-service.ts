/** A job service of Beam's portable runners in this process, for one job whose course the test decides. */
import {
  type Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { deferred } from "../../../../src/beam/deferred";
import { jobApi } from "../../../../src/beam/sdk/job-api";

type State = jobApi.JobState_Enum;
type Messages = ServerWritableStream<jobApi.JobMessagesRequest, jobApi.JobMessagesResponse>;

interface Message<T> {
  toBinary(message: T): Uint8Array;
  fromBinary(bytes: Uint8Array): T;
}

export class FakeJobService {
  endpoint = "";
  /** The state that a cancel leads to; by default none. */
  cancelledState: State | undefined;
  /** The state that a caller is told who asks for it. */
  state: State = jobApi.JobState_Enum.RUNNING;
  /** Authorizations of the calls, by method. */
  readonly authorizations = new Map<string, string | undefined>();
  private readonly server = new Server();
  /** Messages for a caller that asks again, all at once. */
  toldAgain: string | undefined;
  private isOpen = false;
  private readonly opened = deferred<Messages>();
  private readonly messages = this.opened.promise;

  static async start(): Promise<FakeJobService> {
    const service = new FakeJobService();
    service.addMethods();
    const port = await new Promise<number>((resolve, reject) =>
      service.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    service.endpoint = `127.0.0.1:${port}`;
    return service;
  }

  async say(messageText: string): Promise<void> {
    write(await this.messages, messageText);
  }

  /** The messages end after the last state, as in Beam's service. */
  async end(state?: State): Promise<void> {
    const messages = await this.messages;
    if (state !== undefined) messages.write({ response: { oneofKind: "stateResponse", stateResponse: { state } } });
    messages.end();
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private open(call: Messages): void {
    if (this.isOpen) {
      if (this.toldAgain !== undefined) write(call, this.toldAgain);
      call.end();
    } else this.opened.resolve(call);
    this.isOpen = true;
  }

  private addMethods(): void {
    const { server } = this;
    const unary = <Q, A>(name: string, request: Message<Q>, answer: Message<A>, handle: () => A): void =>
      server.addService(
        { [name]: method(name, request, answer) },
        {
          [name]: (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>) => {
            this.hear(name, call.metadata);
            done(null, handle());
          },
        },
      );
    unary("Prepare", jobApi.PrepareJobRequest, jobApi.PrepareJobResponse, () =>
      jobApi.PrepareJobResponse.create({ preparationId: "p" }),
    );
    unary("Run", jobApi.RunJobRequest, jobApi.RunJobResponse, () => ({ jobId: "a" }));
    unary("Cancel", jobApi.CancelJobRequest, jobApi.CancelJobResponse, () => {
      if (this.cancelledState !== undefined) void this.end(this.cancelledState);
      return jobApi.CancelJobResponse.create();
    });
    unary("GetState", jobApi.GetJobStateRequest, jobApi.JobStateEvent, () =>
      jobApi.JobStateEvent.create({ state: this.state }),
    );
    unary("GetJobMetrics", jobApi.GetJobMetricsRequest, jobApi.GetJobMetricsResponse, () =>
      jobApi.GetJobMetricsResponse.create(),
    );
    const stream = method("GetMessageStream", jobApi.JobMessagesRequest, jobApi.JobMessagesResponse, true);
    const open = (call: Messages): void => {
      this.hear("GetMessageStream", call.metadata);
      this.open(call);
    };
    server.addService({ stream }, { stream: open });
  }

  private hear(method: string, metadata: Metadata): void {
    this.authorizations.set(method, metadata.get("authorization").map(String).join() || undefined);
  }
}

function write(messages: Messages, messageText: string): void {
  const importance = jobApi.JobMessage_MessageImportance.JOB_MESSAGE_ERROR;
  const messageResponse = { messageId: "", time: "", importance, messageText };
  messages.write({ response: { oneofKind: "messageResponse", messageResponse } });
}

function method<Q, A>(
  name: string,
  request: Message<Q>,
  answer: Message<A>,
  responseStream = false,
): MethodDefinition<Q, A> {
  return {
    path: `/org.apache.beam.model.job_management.v1.JobService/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (value) => Buffer.from(request.toBinary(value)),
    requestDeserialize: (bytes) => request.fromBinary(bytes),
    responseSerialize: (value) => Buffer.from(answer.toBinary(value)),
    responseDeserialize: (bytes) => answer.fromBinary(bytes),
  };
}
