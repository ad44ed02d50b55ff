import { Reader, Writer } from "protobufjs";
import { CoderContext, type ComponentsProto, PipelineContext } from "../sdk";

/**
 * Makes a function that encodes and decodes a value with the coder of its PCollection, as another runner would do
 * between two transforms. The function throws what the coder throws.
 */
export function edgeCheck(components: ComponentsProto): (pcollectionId: string) => (value: unknown) => unknown {
  const context = new PipelineContext(components, "");
  return (pcollectionId) => {
    const coder = context.getCoder<unknown>(components.pcollections[pcollectionId]!.coderId);
    return (value) => {
      const writer = new Writer();
      coder.encode(value, writer, CoderContext.needsDelimiters);
      return coder.decode(Reader.create(writer.finish()), CoderContext.needsDelimiters);
    };
  };
}
