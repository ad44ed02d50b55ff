import { RUNNERS } from "./runners";
import { suite } from "./suite";

const { make, close, ...options } = RUNNERS.flink;

describe("Flink, rules of time", () => {
  after(close);
  suite("Beam's Flink runner", make(undefined), { ...options, part: "time" });
});
