import { Writer } from "protobufjs";
import { type Coder, CoderContext, coderRegistry, type ComponentsProto, StrUtf8Coder } from "../sdk";

/**
 * Makes a function that encodes keys as strings, which are equal iff the coder's bytes are equal. Throws for an
 * unregistered coder.
 */
export function keyEncoder(components: ComponentsProto, pcollectionId: string): (key: unknown) => string {
  const { coderId } = components.pcollections[pcollectionId]!;
  const keyCoderId = components.coders[coderId]!.componentCoderIds[0]!;
  const coder = coderOf(components, keyCoderId);
  const encoded = (key: unknown): string => {
    const writer = new Writer();
    coder.encode(key, writer, CoderContext.wholeStream);
    return Buffer.from(writer.finish()).toString("latin1");
  };
  if (!(coder instanceof StrUtf8Coder)) return encoded;
  // A well-formed string is its own encoding. Lone surrogates all encode to the same bytes, so they are replaced first.
  return (key) => (typeof key === "string" ? key.toWellFormed() : encoded(key));
}

function coderOf(components: ComponentsProto, coderId: string): Coder<unknown> {
  const proto = components.coders[coderId]!;
  const parts = proto.componentCoderIds.map((id) => coderOf(components, id));
  return coderRegistry().getCoder(proto.spec!.urn, proto.spec!.payload, ...parts);
}
