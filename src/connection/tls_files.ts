import type { Environment } from "../socket/socket.ts";
import {
  fileProblem,
  type HomeFile,
  homeFile,
  readIfThere,
} from "./home_file.ts";
import { isPem, type TlsTexts, withoutSystem } from "./tls_texts.ts";
import type { SslMode } from "./ssl_mode.ts";

/** Which files to read besides those named. */
export interface TlsFilesWanted {
  /** The required level of verification. */
  readonly sslmode: SslMode;
  /** Whether to look for the user's own certificate. */
  readonly findCertificate: boolean;
}

// Only the owner may have access to a key; if it belongs to root, its group may too.
const OTHERS_MODE_BITS = 0o077;
const OTHERS_MODE_BITS_WITH_ROOT = 0o037;

/**
 * Reads the named certificates and key, or else the user's own ones in `~/.postgresql`.
 *
 * Source: the manual, "SSL Support"; `initialize_SSL` in fe-secure-openssl.c.
 *
 * @param given Paths or PEM texts; `system` as root stays as it is.
 * @param wanted Which files to read besides.
 * @param environment The source of files.
 * @throws {TypeError} If a file can't be read, or others have access to the key.
 */
export async function readTlsFiles(
  given: TlsTexts,
  wanted: TlsFilesWanted,
  environment: Environment,
): Promise<TlsTexts> {
  const { sslmode, findCertificate } = wanted;
  const root = given.root === "system"
    ? given.root
    : await readGiven(given.root, "sslrootcert", environment) ??
      await readOwn("root", environment);
  const certificate =
    await readGiven(given.certificate, "sslcert", environment) ??
      (findCertificate ? await readOwn("certificate", environment) : undefined);
  // Without a certificate its key is not needed.
  const key = certificate === undefined
    ? undefined
    : await readKey(given.key, environment);
  refuseKeyAlone(given, certificate, findCertificate);
  const place = `${
    homeFile("root", environment) ?? "~/.postgresql/root.crt"
  } cannot be read`;
  return withoutSystem({ root, certificate, key }, sslmode, place);
}

function refuseKeyAlone(
  given: TlsTexts,
  certificate: string | undefined,
  findCertificate: boolean,
): void {
  if (given.key === undefined || certificate !== undefined) return;
  if (!findCertificate) return;
  throw new TypeError(
    "Cannot use the key of a client's certificate (sslkey): there is no certificate; set sslcert to a certificate file or to PEM text",
  );
}

async function readGiven(
  text: string | undefined,
  keyword: string,
  environment: Environment,
): Promise<string | undefined> {
  if (text === undefined || isPem(text)) return text;
  try {
    return await environment.readTextFile?.(text);
  } catch (error) {
    throw new TypeError(
      `Cannot read the file that ${keyword} names: ${fileProblem(error)}`,
    );
  }
}

async function readOwn(
  file: HomeFile,
  environment: Environment,
): Promise<string | undefined> {
  const path = homeFile(file, environment);
  return path === undefined ? undefined : await readIfThere(path, environment);
}

async function readKey(
  given: string | undefined,
  environment: Environment,
): Promise<string | undefined> {
  if (given !== undefined && isPem(given)) return given;
  const path = given ?? homeFile("key", environment);
  if (path === undefined) return undefined;
  await refuseOpenKey(path, environment);
  return given === undefined
    ? await readIfThere(path, environment)
    : await readGiven(given, "sslkey", environment);
}

async function refuseOpenKey(
  path: string,
  environment: Environment,
): Promise<void> {
  const found = await environment.describeFile?.(path);
  if (!found || found.mode === null) return;
  const forbidden = found.ownerId === 0
    ? OTHERS_MODE_BITS_WITH_ROOT
    : OTHERS_MODE_BITS;
  if ((found.mode & forbidden) === 0) return;
  throw new TypeError(
    `Cannot use the client's key file: others have access to it; take that away (chmod 600)`,
  );
}
