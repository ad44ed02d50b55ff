import { compactCoder, doFn, evenSalt } from "../../beam";
import type { FilesReadSettings } from "./settings";

/** The element whose restriction reads one partition. */
export interface Partition {
  readonly partition: number;
  /** Has no meaning of its own: see `evenSalt`. */
  readonly salt: number;
}

export const partitionCoder = compactCoder<Partition>("beam-chat-sessions:coder:files_partition_element", 1, {
  write({ partition, salt }, writer) {
    writer.uint32(partition);
    writer.uint32(salt);
  },
  read: (reader) => ({ partition: reader.uint32(), salt: reader.uint32() }),
});

/** Turns an impulse into one element per partition, spread evenly over the tasks that will read them. */
export const listPartitions = doFn("listPartitions", {
  outputs: { partitions: partitionCoder },
  open: ({ partitions }: FilesReadSettings) => ({
    process(_impulse: Uint8Array, emit) {
      for (let partition = 0; partition < partitions; partition++) {
        const withSalt = (salt: number): Partition => ({ partition, salt });
        void emit("partitions", withSalt(evenSalt(partition, partitions, partitionCoder, withSalt)));
      }
    },
  }),
});
