import { BeamError } from "../../error";
import type { runnerApi } from "../../sdk";
import { afterWatermark } from "./after-watermark";
import { afterAll, afterAny, afterEach, orFinally, repeat } from "./composites";
import { afterProcessingTime, always, defaultTrigger, elementCount, never } from "./leaves";
import type { Trigger } from "./trigger";

/** Returns the state machine for a trigger's proto. Throws a `BeamError` that names an unsupported trigger. */
export function triggerFromProto(proto: runnerApi.Trigger | undefined): Trigger {
  const trigger = proto?.trigger ?? { oneofKind: undefined };
  switch (trigger.oneofKind) {
    case undefined:
    case "default":
      return defaultTrigger;
    case "never":
      return never;
    case "always":
      return always;
    case "elementCount":
      return elementCount(trigger.elementCount.elementCount);
    case "afterProcessingTime":
      return afterProcessingTime(delayMs(trigger.afterProcessingTime));
    case "repeat":
      return repeat(triggerFromProto(trigger.repeat.subtrigger));
    case "afterAny":
      return afterAny(trigger.afterAny.subtriggers.map(triggerFromProto));
    case "afterAll":
      return afterAll(trigger.afterAll.subtriggers.map(triggerFromProto));
    case "afterEach":
      return afterEach(trigger.afterEach.subtriggers.map(triggerFromProto));
    case "orFinally":
      return orFinally(triggerFromProto(trigger.orFinally.main), triggerFromProto(trigger.orFinally.finally));
    case "afterEndOfWindow": {
      const { earlyFirings, lateFirings } = trigger.afterEndOfWindow;
      return afterWatermark(
        earlyFirings && triggerFromProto(earlyFirings),
        lateFirings && triggerFromProto(lateFirings),
      );
    }
    case "afterSynchronizedProcessingTime":
      throw unsupported("AfterSynchronizedProcessingTime");
  }
}

function delayMs(proto: runnerApi.Trigger_AfterProcessingTime): number {
  let sumMs = 0;
  for (const { timestampTransform } of proto.timestampTransforms) {
    if (timestampTransform.oneofKind !== "delay") throw unsupported("AfterProcessingTime.alignedTo");
    sumMs += Number(timestampTransform.delay.delayMillis);
  }
  return sumMs;
}

function unsupported(name: string): BeamError {
  return new BeamError("PIPELINE", `The direct runner does not support the trigger ${name}; use another one.`);
}
