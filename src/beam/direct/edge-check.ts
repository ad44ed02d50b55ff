import { Reader, Writer } from "protobufjs";
import { CoderContext, type ComponentsProto, PipelineContext } from "../sdk";

/**
 * What another runner would make of an element on its way from one transform to the next: encoded and decoded with the
 * coder of its PCollection. Throws what the coder throws.
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
