/** TLS of the page's own server. */
import type { Server } from "node:https";
import { createSecureContext } from "node:tls";
import { JobError } from "../../chat/errors";
import { FreshFiles } from "./fresh-file";
import type { TlsFiles } from "./settings";

interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

const RENEWAL_INTERVAL_MS = 60_000;
/** A certificate that is given later would set Node's own least version, which its flags can lower. */
export const TLS_VERSIONS = { minVersion: "TLSv1.2" } as const;

/** The pair in these files, as it is whenever it is asked for. Throws `JobError` BAD_OPTION. */
export function tlsPair({ certFile, keyFile }: TlsFiles): FreshFiles<TlsPair> {
  const files = [
    { file: certFile, flag: "--page-tls-cert", advice: "give a certificate in PEM" },
    { file: keyFile, flag: "--page-tls-key", advice: "give the certificate's private key in PEM" },
  ];
  return new FreshFiles(files, ([cert = "", key = ""]) => {
    try {
      createSecureContext({ cert, key });
    } catch (cause) {
      const sentence =
        "--page-tls-cert and --page-tls-key must be a certificate, with those that it hangs from, and its own private key without a passphrase, both in PEM.";
      throw new JobError("BAD_OPTION", sentence, { cause });
    }
    return { cert, key };
  });
}

/** Gives the server's later connections a certificate that was renewed. Returns the function that ends this. */
export function followTls(server: Server, pair: FreshFiles<TlsPair>, intervalMs = RENEWAL_INTERVAL_MS): () => void {
  let used = pair.value();
  const timer = setInterval(() => {
    const now = pair.value();
    if (now === used) return;
    used = now;
    server.setSecureContext({ ...now, ...TLS_VERSIONS });
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
