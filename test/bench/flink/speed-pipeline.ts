import { type Root, impulse, withName } from "../../../src/beam/sdk";
import { groupSessions } from "../../../src/chat/steps/sessions/group-sessions";
import { parseMessage } from "../../../src/io/parse-messages";
import { jobSettings } from "../harness/settings";
import { emitParts, type Part, readChat, writeSessions } from "./speed-fns";

/** Reads files of JSON lines as a stream, and writes their sessions to files, with the job's own steps in between. */
export function speedPipeline(root: Root, parts: readonly Part[], out: string): void {
  const settings = jobSettings([]);
  const files = root.apply(withName("impulse", impulse())).apply(emitParts({ parts })).main;
  const messages = files.apply(readChat({ parser: parseMessage(settings.messages).spec, out })).main;
  messages.apply(groupSessions(settings.sessions)).apply(writeSessions({ out }));
}
