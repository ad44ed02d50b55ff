import { define } from "./definitions";
import type { DefinedDoFn, Definition, ElementContext, Emit, EmitWindowed, Outputs } from "./contract";
import { TAGGED_DO_FN_URN } from "./urns";

/** An instance of a DoFn. It processes one bundle at a time. */
export interface DoFnInstance<I, O extends Outputs> {
  startBundle?(): void;
  process(element: I, emit: Emit<O>, context: ElementContext): void;
  finishBundle?(emit: EmitWindowed<O>): void;
  close?(): void | Promise<void>;
}

/**
 * Defines a synchronous DoFn with any number of named outputs. Workers find the definition by `name`, which is also the
 * default name of the transform. Only the name and the settings are sent to workers, so settings must be plain data
 * that survives JSON unchanged. Throws a TypeError when another definition has the name.
 */
export function doFn<I, O extends Outputs, S = void>(
  name: string,
  definition: Definition<S, O, DoFnInstance<I, O>>,
): DefinedDoFn<S, I, O> {
  return define(TAGGED_DO_FN_URN, name, definition);
}
