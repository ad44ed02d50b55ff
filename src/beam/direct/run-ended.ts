/** Thrown into user code that still runs when the run has ended. It is never shown to anyone. */
export class RunEnded extends Error {
  constructor() {
    super("The run has ended.");
    this.name = "RunEnded";
  }
}
