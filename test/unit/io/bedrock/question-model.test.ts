import assert from "node:assert/strict";
import { type EmbeddingChoice, embeddingModelOf } from "../../../../src/io/bedrock/question-model";
import { isFatal } from "../../../support/chat/fatal";

const V1 = "amazon.titan-embed-text-v1";
const V2 = "amazon.titan-embed-text-v2:0";
const ARN = `arn:aws:bedrock:us-east-1::foundation-model/${V1}`;

function of(choice: Partial<EmbeddingChoice>, told?: readonly [model: string, dimension: number]) {
  const index = told === undefined ? undefined : { model: told[0], dimension: told[1] };
  return embeddingModelOf({ fallbackId: V1, ...choice }, "chats", index);
}

describe("the model that embeds a question", () => {
  it("is the index's own, whatever the default is", () => {
    assert.deepEqual(of({}, [V2, 512]), { family: "titan-v2", id: V2, dimensions: 512, normalize: true });
    assert.deepEqual(of({}, [V1, 1_536]), { family: "titan-v1", id: V1 });
    assert.deepEqual(of({ dimensions: 512 }, [V2, 512]).id, V2);
  });

  it("is the one given where the index does not tell", () => {
    assert.equal(of({}).id, V1);
    assert.deepEqual(of({ id: V2, dimensions: 256 }), {
      family: "titan-v2",
      id: V2,
      dimensions: 256,
      normalize: true,
    });
  });

  it("may be given by any of its names, and without its dimensions", () => {
    assert.equal(of({ id: ARN }, [V1, 1_536]).id, ARN);
    assert.equal(of({ id: V1 }, [ARN, 1_536]).id, V1);
    assert.deepEqual(of({ id: V2 }, [V2, 256]), { family: "titan-v2", id: V2, dimensions: 256, normalize: true });
  });

  it("must not be another one", () => {
    for (const [choice, told, cure] of [
      [
        { id: V1 },
        [V2, 1_024],
        /holds vectors of amazon\.titan-embed-text-v2:0 \(1024 numbers\).*leave --embedding-model out/,
      ],
      [{ id: V2 }, [V1, 1_536], /"chats" holds vectors of amazon\.titan-embed-text-v1/],
      [{ id: V2, dimensions: 512 }, [V2, 1_024], /leave --embedding-model out/],
      [{ dimensions: 512 }, [V2, 1_024], /leave --embedding-dimensions out/],
    ] as const) {
      assert.throws(() => of(choice, told), isFatal("BAD_OPTION", cure), JSON.stringify(choice));
    }
  });
});
