interface ModelStats {
  calls: number;
  answered: number;
  throttled: number;
  failed: number;
  inputTokens: number;
  outputTokens: number;
}

/** Counts of what the server has seen since its start. */
export class Stats {
  private inFlight = 0;
  private maxInFlight = 0;
  private firstMs: number | undefined;
  private lastMs = 0;
  private readonly models = new Map<string, ModelStats>();

  begin(): void {
    this.firstMs ??= performance.now();
    this.inFlight++;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
  }

  end(): void {
    this.lastMs = performance.now();
    this.inFlight--;
  }

  count(model: string, statusCode: number, tokens: { readonly input: number; readonly output: number }): void {
    let own = this.models.get(model);
    if (own === undefined) {
      own = { calls: 0, answered: 0, throttled: 0, failed: 0, inputTokens: 0, outputTokens: 0 };
      this.models.set(model, own);
    }
    own.calls++;
    if (statusCode === 200) own.answered++;
    else if (statusCode === 429) own.throttled++;
    else own.failed++;
    own.inputTokens += tokens.input;
    own.outputTokens += tokens.output;
  }

  /** `spanMs` runs from the first request to the last answer so far. */
  snapshot() {
    const models = Object.fromEntries(this.models);
    const calls = Object.values(models).reduce((sum, own) => sum + own.calls, 0);
    const spanMs = this.firstMs === undefined ? 0 : this.lastMs - this.firstMs;
    return { calls, inFlight: this.inFlight, maxInFlight: this.maxInFlight, spanMs, models };
  }
}
