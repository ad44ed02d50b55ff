import { jsonCoder } from "../../beam";
import type { Alert } from "../alerts/alert";

/** JSON is compact enough here: alerts are rare beside messages. */
export const alertCoder = jsonCoder<Alert>("beam-chat-sessions:coder:alert", 1);
