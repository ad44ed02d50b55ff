import assert from "node:assert/strict";
import { afterAnswer, NOT_ASKED } from "../../../../src/page/client/dead-letters/followed-redrive";
import type { RedriveAnswer } from "../../../../src/page/letters/contract";

const NONE: RedriveAnswer = {};
const RUNNING = redrive();

function redrive(endedAt?: string): RedriveAnswer {
  const sums = { total: 1, underWay: 0, redriven: 1, succeeded: 1, failedAgain: 0, left: 0 };
  const startedAt = "2026-03-01T12:00:00.000Z";
  return { last: { filter: {}, startedAt, ...(endedAt === undefined ? {} : { endedAt }), ...sums } };
}

function endedIn(answers: readonly RedriveAnswer[]): number {
  return answers.reduce(afterAnswer, NOT_ASKED).ended;
}

describe("the end of a redrive", () => {
  it("is seen once, also of one that began and ended between two answers", () => {
    assert.equal(endedIn([NONE, redrive("1")]), 1);
    assert.equal(endedIn([NONE, redrive("1"), redrive("1"), redrive("2")]), 2);
    assert.equal(endedIn([RUNNING, RUNNING, redrive("1"), redrive("1")]), 1);
    assert.equal(endedIn([redrive("1"), RUNNING, redrive("1"), RUNNING, redrive("2")]), 1, "answers may overtake");
  });

  it("is no news when the view is opened, and is seen where the server was started anew meanwhile", () => {
    assert.equal(endedIn([redrive("1"), redrive("1"), RUNNING]), 0);
    assert.equal(endedIn([NONE, RUNNING, NONE, NONE]), 1);
  });
});
