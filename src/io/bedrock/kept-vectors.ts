/** Vectors of the last texts: a question is asked again for each page of its hits and for its facets. */
import type { EmbeddingModel } from "./settings";

type Vector = Promise<readonly number[]>;

const MAX_VECTORS = 100;

export class KeptVectors {
  private readonly vectors = new Map<string, Vector>();

  /** The text's vector by this model; one that failed is made anew. */
  of(model: EmbeddingModel, text: string, make: () => Vector): Vector {
    const key = JSON.stringify([model, text]);
    const known = this.vectors.get(key);
    if (known !== undefined) return known;
    const vector = make();
    this.vectors.set(key, vector);
    vector.catch(() => this.vectors.get(key) === vector && this.vectors.delete(key));
    const [oldest] = this.vectors.keys();
    if (this.vectors.size > MAX_VECTORS && oldest !== undefined) this.vectors.delete(oldest);
    return vector;
  }
}
