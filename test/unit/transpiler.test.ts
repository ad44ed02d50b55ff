import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { create } from "../../scripts/transpiler.cjs";

const transpiler = create();

describe("the transpiler of commands", () => {
  // Nothing is kept of a module that never was.
  const moduleOf = (answer: number): string => `// ${randomUUID()}\nexport const answer: number = ${answer};\n`;

  it("says the same of a module from what it kept as at first", () => {
    const input = moduleOf(42);
    const [first, again] = [1, 2].map(() => transpiler.transpile(input, { fileName: "/src/answer.ts" }));
    assert.match(first!.outputText, /answer = 42/);
    assert.doesNotMatch(first!.outputText, /: number/);
    const { sources } = JSON.parse(first!.sourceMapText) as { sources: readonly string[] };
    assert.deepEqual(sources, ["/src/answer.ts"]);
    assert.deepEqual(again, first);
  });

  it("does not take one module for another, or for the same before it was changed", () => {
    const input = moduleOf(42);
    const outputs = [
      transpiler.transpile(input, { fileName: "/src/answer.ts" }),
      transpiler.transpile(input, { fileName: "/src/other.ts" }),
      transpiler.transpile(input.replace("= 42", "= 43"), { fileName: "/src/answer.ts" }),
    ];
    assert.match(outputs[1]!.sourceMapText, /other\.ts/);
    assert.match(outputs[2]!.outputText, /answer = 43/);
  });
});
