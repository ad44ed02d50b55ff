/**
 * Sets a home folder where there is none: the SDK asks for it while its modules load and fails on hosts without users
 * and HOME. The SDK keeps files there only when artifacts are staged.
 */
import { homedir, tmpdir } from "node:os";

try {
  homedir();
} catch {
  process.env["HOME"] = tmpdir();
}
