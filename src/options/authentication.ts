import { JobError } from "../chat/errors";
import type { OpenSearchAuth } from "../io/opensearch/settings";
import type { OptionValues } from "./table";

/**
 * Authentication for OpenSearch. The password stays in the environment: see `PASSWORD_VARIABLE`. Throws `JobError`
 * BAD_OPTION without a user name.
 */
export function authentication({
  auth,
  username,
  region,
}: Pick<OptionValues, "auth" | "username" | "region">): OpenSearchAuth {
  switch (auth) {
    case "none":
      return { kind: "none" };
    case "sigv4":
      return { kind: "sigv4", region };
    case "basic":
      if (username === undefined) throw new JobError("BAD_OPTION", "--auth basic needs --username.");
      return { kind: "basic", username };
  }
}
