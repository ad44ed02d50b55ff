/**
 * Decides which stages bound their parked elements, that is those whose side inputs are not ready.
 *
 * 1. A stage that bounds them has no room while it is full of them, which stops the sources of its main input until the
 *    side inputs are ready.
 * 2. So a stage bounds them only if no source that it stops is needed for its side inputs. Such a source would wait for
 *    itself: for instance one that makes both inputs. Two stages could also wait for each other's sources; then only
 *    the first of them bounds its elements.
 * 3. Every other stage parks whatever its sources read until the side inputs are ready. Only smaller windows, or a
 *    trigger that fires early, keep that small.
 */
import type { Node } from "./node";
import { StageNode } from "./stage-node";

/** Decides for all stages, once all nodes know their producers. */
export function boundParking(stages: readonly StageNode[]): void {
  const waits = new Map<Node, Set<Node>>();
  for (const stage of stages) {
    if (stage.sideInputs.length === 0) continue;
    const stopped = sourcesOf(stage.producers, false);
    const needed = withAllThatStops(sourcesOf(stage.sideInputs, true), waits);
    if ([...stopped].some((source) => needed.has(source))) continue;
    for (const source of stopped) waits.set(source, new Set([...(waits.get(source) ?? []), ...needed]));
    stage.boundsParked = true;
  }
}

/** Returns the nodes without producers that these depend on, also by the side inputs of stages if asked to. */
function sourcesOf(nodes: readonly Node[], throughSideInputs: boolean, visited = new Set<Node>()): Set<Node> {
  const sources = new Set<Node>();
  for (const node of nodes) {
    if (visited.has(node)) continue;
    visited.add(node);
    const sideInputs = throughSideInputs && node instanceof StageNode ? node.sideInputs : [];
    const before = [...node.producers, ...sideInputs];
    if (node.producers.length === 0) sources.add(node);
    for (const source of sourcesOf(before, throughSideInputs, visited)) sources.add(source);
  }
  return sources;
}

function withAllThatStops(sources: Set<Node>, waits: ReadonlyMap<Node, ReadonlySet<Node>>): Set<Node> {
  const found = new Set(sources);
  // A set's loop also visits what is added meanwhile.
  for (const source of found) for (const other of waits.get(source) ?? []) found.add(other);
  return found;
}
