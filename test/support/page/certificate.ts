/** Certificates for a server of a test. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { TlsFiles } from "../../../src/page/auth/settings";
import { answerOf, skipUnless } from "../needs";

const run = promisify(execFile);

/** Makes a certificate for this machine's names, signed by itself. Skips the tests where there is no openssl. */
export async function makeCertificate(context: Mocha.Context, folder: string, name = "own"): Promise<TlsFiles> {
  skipUnless(
    context,
    (await answerOf("openssl", "version")) !== undefined,
    "it needs openssl: apt-get install openssl",
  );
  const files = { certFile: path.join(folder, `${name}.crt`), keyFile: path.join(folder, `${name}.key`) };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", files.keyFile];
  const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  await run("openssl", ["req", "-x509", "-days", "2", ...key, ...names, "-out", files.certFile]);
  return files;
}
