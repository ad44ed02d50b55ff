import { type Coder, jsonCoder } from "../../beam";
import type { EmbeddedPart, SessionPart, SummarisedPart } from "../model";
import type { PlannedSession } from "../plan";

/** JSON, because no runner that fuses what follows `asyncBoundary` ever writes it. */
const coder = jsonCoder<unknown>("beam-chat-sessions:coder:planned_session", 2);

export const plannedCoder = coder as Coder<PlannedSession<SessionPart | EmbeddedPart>>;
export const summarisedCoder = coder as Coder<PlannedSession<SummarisedPart | EmbeddedPart>>;
export const embeddedCoder = coder as Coder<PlannedSession<EmbeddedPart>>;
