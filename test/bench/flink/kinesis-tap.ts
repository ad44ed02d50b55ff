/** A proxy before Kinesis that notes when each record was handed to the reader, and changes nothing. */
import { createServer, Agent, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { z } from "zod";

const ANSWER = z.object({ Records: z.array(z.object({ SequenceNumber: z.string() })) });

export interface KinesisTap {
  readonly url: string;
  /** Milliseconds since the epoch at which the answer with the record was first sent, by sequence number. */
  readonly deliveredMs: ReadonlyMap<string, number>;
  /** Answers to GetRecords so far. */
  reads(): number;
  close(): Promise<void>;
}

export async function startKinesisTap(target: string): Promise<KinesisTap> {
  const agent = new Agent({ keepAlive: true });
  const deliveredMs = new Map<string, number>();
  let reads = 0;
  const server = createServer((request, response) => {
    const isRead = operationOf(request) === "GetRecords";
    const headers = { ...request.headers, host: new URL(target).host };
    const options = { method: request.method, headers, agent };
    const forwarded = send(new URL(request.url ?? "/", target), options, (answer) => {
      void buffer(answer).then(
        (body) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
          if (!isRead || answer.statusCode !== 200) return;
          reads++;
          const nowMs = Date.now();
          for (const { SequenceNumber } of ANSWER.parse(JSON.parse(body.toString())).Records) {
            if (!deliveredMs.has(SequenceNumber)) deliveredMs.set(SequenceNumber, nowMs);
          }
        },
        () => response.destroy(),
      );
    });
    forwarded.on("error", () => response.destroy());
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deliveredMs,
    reads: () => reads,
    close: async () => {
      agent.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function operationOf({ headers }: IncomingMessage): string | undefined {
  const target = headers["x-amz-target"];
  return typeof target === "string" ? target.split(".")[1] : undefined;
}
