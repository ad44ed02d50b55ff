/**
 * The data stream of the Fn API (beam_fn_api.proto, BeamFnData). The SDK's own client copies each message's data three
 * times while it encodes it. Here a message is encoded at once, and its data copied once.
 */
import { Client, type ClientDuplexStream, type Metadata } from "@grpc/grpc-js";
import { INSECURE } from "./channel";
import { CHANNEL_OPTIONS, fnApi } from "./fn-api";

const METHOD = "/org.apache.beam.model.fn_execution.v1.BeamFnData/Data";
/** Tags of the fields that are written: number × 8 + wire type. */
const ELEMENTS_DATA = 0x0a;
const INSTRUCTION_ID = 0x0a;
const TRANSFORM_ID = 0x12;
const DATA = 0x1a;
const IS_LAST = 0x20;

export type DataStream = ClientDuplexStream<Uint8Array, fnApi.Elements>;

/** Opens a stream, which takes encoded messages. The client must be closed after it. */
export function openDataStream(
  url: string,
  metadata: Metadata,
): { readonly client: Client; readonly stream: DataStream } {
  const client = new Client(url, INSECURE, CHANNEL_OPTIONS);
  const stream = client.makeBidiStreamRequest(
    METHOD,
    (message: Uint8Array) => message as Buffer,
    (bytes: Buffer) => fnApi.Elements.fromBinary(bytes),
    metadata,
  );
  return { client, stream };
}

/** Encodes one message with all of these chunks, without timers. */
export function encodeElements(
  instructionId: string,
  chunks: readonly Pick<fnApi.Elements_Data, "transformId" | "data" | "isLast">[],
): Uint8Array {
  const instruction = Buffer.from(instructionId);
  const parts = chunks.map(({ transformId, data, isLast }) => {
    const transform = Buffer.from(transformId);
    const bytes =
      fieldBytes(instruction.length) + fieldBytes(transform.length) + fieldBytes(data.length) + (isLast ? 2 : 0);
    return { transform, data, isLast, bytes };
  });
  const message = Buffer.allocUnsafe(parts.reduce((sum, { bytes }) => sum + 1 + lengthBytes(bytes) + bytes, 0));
  let position = 0;
  const length = (tag: number, bytes: number): void => {
    message[position++] = tag;
    let rest = bytes;
    for (; rest > 0x7f; rest >>>= 7) message[position++] = (rest & 0x7f) | 0x80;
    message[position++] = rest;
  };
  const field = (tag: number, value: Uint8Array): void => {
    if (value.length === 0) return;
    length(tag, value.length);
    message.set(value, position);
    position += value.length;
  };
  for (const { transform, data, isLast, bytes } of parts) {
    length(ELEMENTS_DATA, bytes);
    field(INSTRUCTION_ID, instruction);
    field(TRANSFORM_ID, transform);
    field(DATA, data);
    if (isLast) length(IS_LAST, 1);
  }
  return message;
}

/** Bytes of a field with its tag and length. Protobuf leaves out an empty one. */
function fieldBytes(bytes: number): number {
  return bytes === 0 ? 0 : 1 + lengthBytes(bytes) + bytes;
}

function lengthBytes(bytes: number): number {
  return bytes < 0x80 ? 1 : bytes < 0x4000 ? 2 : bytes < 0x20_0000 ? 3 : bytes < 0x1000_0000 ? 4 : 5;
}
