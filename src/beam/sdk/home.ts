/**
 * The SDK asks for its user's home folder while its modules load, and fails where there is none: on hosts that know no
 * users and have no HOME. It keeps nothing there unless artifacts are staged.
 */
import { homedir, tmpdir } from "node:os";

try {
  homedir();
} catch {
  process.env["HOME"] = tmpdir();
}
