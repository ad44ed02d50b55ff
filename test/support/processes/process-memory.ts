/** Measures processes' memory from outside. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Resident memory in MiB. */
export function residentMb(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1_024;
}

/** The most resident memory that a process of Linux ever had, in MiB; 0 when it has ended. */
export function peakResidentMb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** MiB of live Java objects: the heap after a full collection, at the quietest of some moments. */
export function liveHeapMb(javaPid: number): number {
  return Math.min(...Array.from({ length: 3 }, () => heapAfterCollectionMb(javaPid)));
}

function heapAfterCollectionMb(javaPid: number): number {
  execFileSync("jcmd", [String(javaPid), "GC.run"]);
  const heap = execFileSync("jcmd", [String(javaPid), "GC.heap_info"], { encoding: "utf8" });
  // One line for each generation; the class space follows after the word "Metaspace".
  const [objects = ""] = heap.split("Metaspace");
  const usedKb = [...objects.matchAll(/\bused (\d+)K/g)].map(([, kb]) => Number(kb));
  if (usedKb.length === 0) throw new Error(`jcmd did not say how much of the heap is used:\n${heap}`);
  return usedKb.reduce((sum, kb) => sum + kb, 0) / 1_024;
}
