import { AuthenticationError } from "../errors.ts";
import type { ChannelBinding } from "../connection/connection_options.ts";
import { type ScramBinding, UNBOUND } from "./scram.ts";

/** SCRAM tied to nothing but the password. */
export const SCRAM_SHA_256 = "SCRAM-SHA-256";
/** SCRAM tied to the TLS connection too. */
export const SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS";

/** The options for SCRAM. */
export interface SaslCircumstances {
  /** The user's choice. */
  readonly channelBinding: ChannelBinding;
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
  /** The server's certificate in DER, where the runtime shows it. */
  readonly serverCertificate: Uint8Array | undefined;
}

/** How SCRAM is spoken. */
export interface SaslMechanism {
  /** The mechanism's name. */
  readonly name: typeof SCRAM_SHA_256 | typeof SCRAM_SHA_256_PLUS;
  /** How it is tied to the connection. */
  readonly binding: ScramBinding;
}

/**
 * Chooses one of the mechanisms that the server offers.
 *
 * Source: `pg_SASL_init` in fe-auth.c.
 *
 * @param offered Their names.
 * @param circumstances The connection, and what the user wants.
 * @throws {AuthenticationError} If there is none that will do.
 */
export async function chooseMechanism(
  offered: readonly string[],
  circumstances: SaslCircumstances,
): Promise<SaslMechanism> {
  const { channelBinding, encrypted } = circumstances;
  const offersBinding = offered.includes(SCRAM_SHA_256_PLUS);
  if (offersBinding && !encrypted) {
    throw new AuthenticationError(
      `Cannot log in: the server offers ${SCRAM_SHA_256_PLUS} over an unencrypted connection; this may be a man-in-the-middle attack`,
    );
  }
  const data = await bindingData(circumstances);
  if (offersBinding && data instanceof Uint8Array) {
    const header = "p=tls-server-end-point,,";
    return { name: SCRAM_SHA_256_PLUS, binding: { header, data } };
  }
  const obstacle = data instanceof Uint8Array
    ? "the server does not offer it"
    : data;
  if (channelBinding === "require") {
    throw new AuthenticationError(
      `Cannot log in with channel_binding=require: ${obstacle}`,
    );
  }
  if (!offered.includes(SCRAM_SHA_256)) {
    throw new AuthenticationError(
      `Cannot log in: of the SASL mechanisms that this client speaks the server offers only ${SCRAM_SHA_256_PLUS}, and ${obstacle}`,
    );
  }
  // "y" tells the server that we could: it objects if it has offered it after all, and
  // the offer has been tampered with.
  const binding = data instanceof Uint8Array
    ? { header: "y,,", data: new Uint8Array(0) } as const
    : UNBOUND;
  return { name: SCRAM_SHA_256, binding };
}

// The digest to bind to, or why there is none.
async function bindingData(
  { channelBinding, encrypted, serverCertificate }: SaslCircumstances,
): Promise<Uint8Array | string> {
  if (channelBinding === "disable") return "channel_binding is disabled";
  if (!encrypted) return "the connection is not encrypted";
  if (serverCertificate === undefined) {
    return "this runtime does not show the server's certificate";
  }
  const { tlsServerEndPoint } = await import("./channel_binding.ts");
  return await tlsServerEndPoint(serverCertificate) ??
    "the server's certificate is signed in a way for which no binding is defined";
}
