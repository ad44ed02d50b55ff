/**
 * The registry of DoFn definitions in this process, by name. A worker knows the definitions in the modules that it
 * imports.
 *
 * 1. A pipeline holds only the spec of a DoFn: the name of its definition, and its settings as JSON.
 * 2. A name stands for one definition. Registering the same code again is allowed, since a module may be loaded twice.
 * 3. Workers do not build pipelines, so they would not know a DoFn that is defined within `building`. Its use is
 *    refused.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { BeamError, UsageError } from "../error";
import { type Pipeline, runnerApi } from "../sdk";
import type { DefinedDoFn, Definition, DoFnSpec, OpenContext, OutputCoders, Outputs } from "./contract";
import { parDoInto } from "./par-do";
import { requirePlainData } from "./plain-data";

/** A definition in the registry, without its kind and types. */
export interface AnyDefinition {
  readonly outputs: OutputCoders<Outputs> | ((settings: unknown) => OutputCoders<Outputs>);
  readonly open: (settings: unknown, context: OpenContext) => unknown;
}

/** The properties that a kind of DoFn adds to the ParDo, besides the outputs. */
export interface KindOfParDo {
  payload(settings: unknown, pipeline: Pipeline): Partial<runnerApi.ParDoPayload>;
  isBounded(settings: unknown): runnerApi.IsBounded_Enum | undefined;
}

const PLAIN_PAR_DO: KindOfParDo = { payload: () => ({}), isBounded: () => undefined };

interface Known {
  readonly urn: string;
  readonly definition: AnyDefinition;
  readonly isMadeInBuild: boolean;
}

const definitions = new Map<string, Known>();
const builds = new AsyncLocalStorage<true>();

/** Calls a function that builds a pipeline. Definitions that it makes, also later and asynchronously, are marked. */
export function building<T>(build: () => T): T {
  return builds.run(true, build);
}

export function define<S, I, O extends Outputs>(
  urn: string,
  name: string,
  definition: Omit<Definition<S, O, unknown>, "outputs"> & {
    readonly outputs: OutputCoders<O> | ((settings: S) => OutputCoders<O>);
  },
  kind: KindOfParDo = PLAIN_PAR_DO,
): DefinedDoFn<S, I, O> {
  register(urn, name, definition as AnyDefinition);
  return (settings) => {
    requireKnownToWorkers(name);
    requirePlainData(name, settings);
    const outputs = coders(definition.outputs, settings);
    const spec: DoFnSpec = { name, settings };
    const transform = parDoInto(name, outputs, {
      isBounded: kind.isBounded(settings),
      payload: (pipeline) => ({
        ...kind.payload(settings, pipeline),
        doFn: specProto(urn, spec),
      }),
    });
    return Object.assign(transform, { spec });
  };
}

/** Registers a definition. Throws a TypeError when another definition has the name. */
export function register(urn: string, name: string, definition: AnyDefinition): void {
  const known = definitions.get(name);
  if (known !== undefined && (known.urn !== urn || codeOf(known.definition) !== codeOf(definition))) {
    throw new TypeError(`Two DoFns are defined as "${name}": give one of them another name.`);
  }
  const isMadeInBuild = builds.getStore() === true && known?.isMadeInBuild !== false;
  definitions.set(name, { urn, definition, isMadeInBuild });
}

function requireKnownToWorkers(name: string): void {
  if (definitions.get(name)?.isMadeInBuild !== true) return;
  throw new UsageError(
    `the DoFn "${name}" is defined while the pipeline is built, so no worker knows it: define it at the top level of its module, and give it what it needs of build as settings`,
  );
}

/** Encodes a spec for the pipeline's protobuf form. */
export function specProto(urn: string, spec: DoFnSpec): runnerApi.FunctionSpec {
  return runnerApi.FunctionSpec.create({ urn, payload: Buffer.from(JSON.stringify(spec)) });
}

/** Returns the definition. Throws a BeamError when this process does not know it. */
export function definitionOf(name: string): AnyDefinition {
  const known = definitions.get(name);
  if (known !== undefined) return known.definition;
  throw new BeamError(
    "PIPELINE",
    `No DoFn is defined as "${name}" in this process: have it import the module that defines it.`,
  );
}

/** Opens an instance of a spec. The caller must know the kind, and so the instance's type. */
export function openSpec<Instance>({ name, settings }: DoFnSpec, context: OpenContext): Instance | Promise<Instance> {
  return definitionOf(name).open(settings, context) as Instance | Promise<Instance>;
}

/** Returns the coders of a spec's outputs. */
export function outputsOf({ name, settings }: DoFnSpec): OutputCoders<Outputs> {
  return coders(definitionOf(name).outputs, settings);
}

function coders<S, O extends Outputs>(
  outputs: OutputCoders<O> | ((settings: S) => OutputCoders<O>),
  settings: S,
): OutputCoders<O> {
  return typeof outputs === "function" ? outputs(settings) : outputs;
}

function codeOf({ open }: AnyDefinition): string {
  return open.toString();
}
