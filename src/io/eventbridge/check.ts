import { DescribeEventBusCommand } from "@aws-sdk/client-eventbridge";
import { JobError } from "../../chat/errors";
import { retrying, unlessAnswered, type BackOff } from "../../beam/retry";
import { credentialsAdvice, isAboutCredentials } from "../aws/credentials";
import { failureOf } from "../aws/failure";
import { kindOf } from "../aws/kind";
import { eventBridgeClient } from "./client";
import type { EventBridgeSettings } from "./settings";

/** At the start a person waits. */
const MAX_ATTEMPTS = 3;
const BACK_OFF: BackOff = { baseMs: 200, capMs: 1_000, jitter: 0.5 };

/**
 * Checks that the bus exists. Whether events may be put there, the first one tells: PutEvents has no dry run. Rejects
 * with BAD_OPTION, NO_CREDENTIALS, ACCESS_DENIED or SERVICE_UNREACHABLE.
 */
export async function checkEventBus({ connection, bus, requestTimeoutMs }: EventBridgeSettings): Promise<void> {
  const client = eventBridgeClient(connection, requestTimeoutMs);
  try {
    await retrying(
      () => client.send(new DescribeEventBusCommand({ Name: bus })),
      unlessAnswered((error, { failures }) => {
        const refusal = refusalOf(error, { connection, bus }, failures);
        return refusal === undefined
          ? { kind: "again", why: failureOf(error).name }
          : { kind: "fatal", error: refusal };
      }),
      { backOff: BACK_OFF },
    );
  } finally {
    client.destroy();
  }
}

/** Undefined for what may pass. */
export function refusalOf(
  error: unknown,
  { connection, bus }: Pick<EventBridgeSettings, "connection" | "bus">,
  failures: number,
): JobError | undefined {
  const failure = failureOf(error);
  const kind = kindOf(failure);
  const { name } = failure;
  const options = { cause: error };
  if (isAboutCredentials(kind)) {
    return new JobError("NO_CREDENTIALS", credentialsAdvice(kind, "EventBridge", name), options);
  }
  if (kind === "notFound" || kind === "invalid") {
    const where = `in ${connection.region}`;
    return new JobError(
      "BAD_OPTION",
      `There is no event bus "${bus}" ${where} (${name}): check --alert-bus and --region.`,
      options,
    );
  }
  if (kind === "denied") {
    return new JobError(
      "ACCESS_DENIED",
      `EventBridge refused DescribeEventBus on "${bus}" (${name}): allow events:DescribeEventBus and events:PutEvents to these credentials.`,
      options,
    );
  }
  if (failures < MAX_ATTEMPTS) return undefined;
  const where = connection.endpoint ?? `its endpoint in ${connection.region}`;
  return new JobError(
    "SERVICE_UNREACHABLE",
    `EventBridge does not answer at ${where} (${name}): check the address, the region and the network.`,
    options,
  );
}
