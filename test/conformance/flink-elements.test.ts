import { RUNNERS } from "../../src/beam/testing/runners";
import { suite } from "../../src/beam/testing/suite";

const { make, close, ...options } = RUNNERS.flink;

describe("Flink, rules of elements", () => {
  after(close);
  suite("Beam's Flink runner", make(undefined), { ...options, part: "elements" });
});
