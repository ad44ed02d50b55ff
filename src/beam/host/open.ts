import type { Target } from "../target";
import { directHost } from "./direct";
import { checkCluster, openFlinkCluster } from "./flink-cluster";
import type { Host, Say } from "./host";
import { openOwnFlink } from "./own-flink";

/** Checks what must exist before anything starts. Rejects with SERVICE_UNREACHABLE. */
export async function checkTarget(target: Target): Promise<void> {
  if (target.kind === "flink-cluster") await checkCluster(target);
}

/** Opens a target, and starts what it needs. Rejects with LOCAL_SERVICE or SERVICE_UNREACHABLE. */
export async function openHost(target: Target, say: Say): Promise<Host> {
  switch (target.kind) {
    case "direct":
      return directHost(target);
    case "own-flink":
      return openOwnFlink(target, say);
    case "flink-cluster":
      return openFlinkCluster(target, say);
  }
}
