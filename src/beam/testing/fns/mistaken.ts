/** DoFns with mistakes that would silently lose or change data if they were not refused. */
import { doFn } from "../../authoring/do-fn";
import {
  type Coder,
  DefaultCoder,
  DoubleCoder,
  KVCoder,
  registerForSerialization,
  StrUtf8Coder,
  VarIntCoder,
} from "../../sdk";
import type { KV } from "../../values";
import { anyCoder } from "../support/coders";

export type Method = "startBundle" | "process" | "finishBundle";

/** Returns a promise from a method of a synchronous DoFn. The compiler accepts a promise in place of `void`. */
export const unawaited = doFn("unawaited", {
  outputs: { main: anyCoder<string>() },
  open({ method }: { readonly method: Method }) {
    const promised = (own: Method, later: () => void = () => undefined): void =>
      method === own ? (Promise.resolve().then(later) as unknown as undefined) : undefined;
    return {
      startBundle: () => promised("startBundle"),
      process(value: string, emit) {
        if (method !== "process") void emit("main", value);
        return promised("process", () => void emit("main", value));
      },
      finishBundle: () => promised("finishBundle"),
    };
  },
});

class Strange {
  readonly value = 1;
}

const STRANGE = {
  map: () => new Map([["a", 1]]),
  set: () => new Set([1]),
  date: () => new Date(0),
  bigint: () => 1n,
  undefined: () => undefined,
  instance: () => new Strange(),
  fraction: () => 1.5,
  text: () => "text",
} as const satisfies Record<string, () => unknown>;

export type StrangeKind = keyof typeof STRANGE;

function pairs(coder: Coder<unknown>): { readonly main: Coder<KV<string, unknown>> } {
  return { main: new KVCoder(new StrUtf8Coder(), coder) };
}

const make = ({ kind }: { readonly kind: StrangeKind }) => ({
  process(_value: string, emit: (tag: "main", value: KV<string, unknown>) => void | Promise<void>): void {
    void emit("main", { key: "k", value: STRANGE[kind]() });
  },
});

/** DoFns that emit a value which the coder of their output cannot encode. */
export const strange = {
  default: doFn("strangeByDefault", { outputs: pairs(new DefaultCoder<unknown>()), open: make }),
  double: doFn("strangeDouble", { outputs: pairs(new DoubleCoder()), open: make }),
  json: doFn("strangeJson", { outputs: pairs(anyCoder()), open: make }),
  varInt: doFn("strangeVarInt", { outputs: pairs(new VarIntCoder()), open: make }),
} as const;

export async function asynchronousMap(value: string): Promise<string> {
  return Promise.resolve(value);
}

registerForSerialization("conformance/mistaken", { asynchronousMap });
