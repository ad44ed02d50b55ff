/** What processes hold, measured from outside. */
import { execFileSync } from "node:child_process";

/** Resident memory in MiB. */
export function residentMb(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1_024;
}

/** Java objects that live, in MiB: what is left of the heap after a full collection, at the quietest of some moments. */
export function liveHeapMb(javaPid: number): number {
  return Math.min(...Array.from({ length: 3 }, () => heapAfterCollectionMb(javaPid)));
}

function heapAfterCollectionMb(javaPid: number): number {
  execFileSync("jcmd", [String(javaPid), "GC.run"]);
  const heap = execFileSync("jcmd", [String(javaPid), "GC.heap_info"], { encoding: "utf8" });
  // One line for each generation; what the class space uses stands after the word "Metaspace".
  const [objects = ""] = heap.split("Metaspace");
  const usedKb = [...objects.matchAll(/\bused (\d+)K/g)].map(([, kb]) => Number(kb));
  if (usedKb.length === 0) throw new Error(`jcmd did not say how much of the heap is used:\n${heap}`);
  return usedKb.reduce((sum, kb) => sum + kb, 0) / 1_024;
}

/** Processes that this one started, and those that they started. */
export function descendantsOf(pid: number): readonly { readonly pid: number; readonly command: string }[] {
  const all = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
    .split("\n")
    .flatMap((line) => {
      const [, own, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return own === undefined ? [] : [{ pid: Number(own), parent: Number(parent), command }];
    });
  const found = all.filter(({ parent }) => parent === pid);
  return found.flatMap((child) => [child, ...descendantsAmong(all, child.pid)]);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function descendantsAmong(all: readonly Process[], pid: number): readonly Process[] {
  return all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...descendantsAmong(all, child.pid)]);
}
