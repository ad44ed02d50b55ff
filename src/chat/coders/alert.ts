import { jsonCoder } from "../../beam";
import type { Alert } from "../alerts/alert";

/** JSON is compact enough here: alerts are rare beside messages. Version 1 has no arrival. */
export const alertCoder = jsonCoder<Alert>("beam-chat-sessions:coder:alert", 2);
