/**
 * Lets this process's AWS clients sign for the embedded services, which take any credentials, because the SDK insists
 * on some. Nothing real is used or sent then.
 */
export function useMadeUpCredentials(environment: NodeJS.ProcessEnv = process.env): void {
  // A profile would take precedence over the two variables.
  delete environment["AWS_PROFILE"];
  delete environment["AWS_SESSION_TOKEN"];
  environment["AWS_ACCESS_KEY_ID"] = "local";
  environment["AWS_SECRET_ACCESS_KEY"] = "local";
}
