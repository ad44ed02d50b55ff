/** The ports of a descriptor's stage: the sources and sinks where it meets the runner. */
import { type ComponentsProto, type TransformProto } from "../sdk";
import { fnApi } from "../sdk/fn-api";
import { BeamError } from "../error";
import type { DataPlane } from "./data-plane";
import { codecOf, type WindowedValueCodec } from "./windowed-value-codec";

const SOURCE_URN = "beam:runner:source:v1";
const SINK_URN = "beam:runner:sink:v1";

export interface Port {
  readonly transformId: string;
  readonly pcollectionId: string;
  readonly codec: WindowedValueCodec;
  readonly plane: () => DataPlane;
}

export interface Ports {
  readonly sources: readonly Port[];
  /** A PCollection may have several sinks. */
  readonly sinks: readonly Port[];
  /** All transforms that are neither source nor sink. */
  readonly transformIds: readonly string[];
}

/** Finds the ports. Throws PIPELINE for coders that this process does not know. */
export function portsOf(
  { transforms }: fnApi.ProcessBundleDescriptor,
  components: ComponentsProto,
  dataPlane: (url: string) => DataPlane,
): Ports {
  const sources: Port[] = [];
  const sinks: Port[] = [];
  const transformIds: string[] = [];
  for (const [transformId, transform] of Object.entries(transforms)) {
    const urn = transform.spec?.urn;
    if (urn === SOURCE_URN) sources.push(portOf(transformId, transform, transform.outputs, components, dataPlane));
    else if (urn === SINK_URN) sinks.push(portOf(transformId, transform, transform.inputs, components, dataPlane));
    else transformIds.push(transformId);
  }
  return { sources, sinks, transformIds };
}

function portOf(
  transformId: string,
  transform: TransformProto,
  ends: { readonly [tag: string]: string },
  components: ComponentsProto,
  dataPlane: (url: string) => DataPlane,
): Port {
  const port = fnApi.RemoteGrpcPort.fromBinary(transform.spec?.payload ?? new Uint8Array());
  const url = port.apiServiceDescriptor?.url ?? "";
  // The stream is opened before anything can fail, since a runner may wait for it before it looks at an answer.
  dataPlane(url);
  const [pcollectionId, ...more] = Object.values(ends);
  if (pcollectionId === undefined || more.length > 0) {
    throw new BeamError("PIPELINE", `The data port ${transformId} must have exactly one PCollection.`);
  }
  return { transformId, pcollectionId, codec: codecOf(port.coderId, components), plane: () => dataPlane(url) };
}
