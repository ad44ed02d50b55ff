import { compactCoder, doFn, evenSalt } from "../../beam";
import type { FilesReadSettings } from "./settings";

/** The element whose restriction reads one lane. */
export interface Lane {
  readonly lane: number;
  /** Has no meaning of its own: see `evenSalt`. */
  readonly salt: number;
}

export const laneCoder = compactCoder<Lane>("beam-chat-sessions:coder:files_lane_element", 1, {
  write({ lane, salt }, writer) {
    writer.uint32(lane);
    writer.uint32(salt);
  },
  read: (reader) => ({ lane: reader.uint32(), salt: reader.uint32() }),
});

/** Turns an impulse into one element per lane, spread evenly over the tasks that will read them. */
export const listLanes = doFn("listLanes", {
  outputs: { lanes: laneCoder },
  open: ({ lanes }: FilesReadSettings) => ({
    process(_impulse: Uint8Array, emit) {
      for (let lane = 0; lane < lanes; lane++) {
        const withSalt = (salt: number): Lane => ({ lane, salt });
        void emit("lanes", withSalt(evenSalt(lane, lanes, laneCoder, withSalt)));
      }
    },
  }),
});
