import { type Coder, coderRegistry, runnerApi } from "../sdk";
import type { Reader, Writer } from "protobufjs";
import { BeamError, UsageError } from "../error";
import { notPlainIn, PLAIN_DATA } from "./plain-data";

/**
 * Writes and reads a type's fields, one after the other. `read` must understand every version that may still be stored.
 */
export interface Format<T> {
  write(value: T, writer: Writer): void;
  /**
   * Reads a value. `version` is the version that the bytes were written with; it is never newer than the coder's own.
   */
  read(reader: Reader, version: number): T;
}

/**
 * Makes a compact coder for the elements of a PCollection or for restrictions, and registers it under `urn`. The bytes
 * are a version followed by the fields. The encoding delimits itself, so it is the same in both of Beam's coder
 * contexts. Bytes of an older version are read by the same format. Bytes of a newer version are refused with
 * NEWER_CHECKPOINT, because reading them wrongly would corrupt what a checkpoint holds.
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

/**
 * Makes a coder like `compactCoder` that writes the value as JSON text. It is meant for edges with little traffic. A
 * value that JSON would change is refused. A property with the value undefined counts as absent.
 */
export function jsonCoder<T>(urn: string, version: number): Coder<T> {
  return compactCoder<T>(urn, version, {
    write: (value, writer) => {
      const wrong = notPlainIn(value);
      if (wrong !== undefined) {
        throw new UsageError(
          `The coder "${urn}" writes JSON, which does not give back ${wrong.is}: emit plain data (${PLAIN_DATA}; a time as milliseconds, a Map as an array of its entries), or use compactCoder.`,
          wrong.path === "" ? "the element" : `at element${wrong.path}`,
        );
      }
      writer.string(JSON.stringify(value));
    },
    read: (reader) => JSON.parse(reader.string()) as T,
  });
}
