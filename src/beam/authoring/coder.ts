import { type Coder, coderRegistry, runnerApi } from "../sdk";
import type { Reader, Writer } from "protobufjs";
import { BeamError } from "../error";

/** How a type's fields are written and read, one after the other. Both must agree on every version still readable. */
export interface Format<T> {
  write(value: T, writer: Writer): void;
  /** `version` is the one that the bytes were written with, at most the coder's own. */
  read(reader: Reader, version: number): T;
}

/**
 * A compact coder for a PCollection or restriction, registered under `urn`: a version, then the fields. It delimits
 * itself, so it is the same in both of Beam's contexts. Bytes of an older version are read by the same format; bytes of
 * a newer one are refused with NEWER_CHECKPOINT, because reading on would corrupt what a checkpoint holds.
 */
export function compactCoder<T>(urn: string, version: number, format: Format<T>): Coder<T> {
  const coder: Coder<T> = {
    encode(value, writer) {
      writer.uint32(version);
      format.write(value, writer);
    },
    decode(reader) {
      const written = reader.uint32();
      if (written > version) {
        throw new BeamError(
          "NEWER_CHECKPOINT",
          `State written with version ${written} of ${urn} cannot be read by this program, which knows versions up to ${version}; run the newer program.`,
        );
      }
      return format.read(reader, written);
    },
    toProto: () => runnerApi.Coder.create({ spec: { urn, payload: new Uint8Array() }, componentCoderIds: [] }),
  };
  coderRegistry().registerConstructor(urn, () => coder);
  return coder;
}

/** As `compactCoder`, for cold edges: the value as JSON text. */
export function jsonCoder<T>(urn: string, version: number): Coder<T> {
  return compactCoder<T>(urn, version, {
    write: (value, writer) => writer.string(JSON.stringify(value)),
    read: (reader) => JSON.parse(reader.string()) as T,
  });
}
