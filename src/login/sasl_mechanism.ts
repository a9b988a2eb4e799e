import { AuthenticationError } from "../errors.ts";
import type { ChannelBinding } from "../connection/connection_options.ts";
import { type ScramBinding, UNBOUND } from "./scram.ts";

/** SCRAM based on the password alone. */
export const SCRAM_SHA_256 = "SCRAM-SHA-256";
/** SCRAM that is also bound to the TLS connection. */
export const SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS";

/** The options for SCRAM. */
export interface SaslCircumstances {
  /** The caller's choice. */
  readonly channelBinding: ChannelBinding;
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
  /** The server's certificate in DER, if the runtime provides it. */
  readonly serverCertificate: Uint8Array | undefined;
}

/** A variant of SCRAM. */
export interface SaslMechanism {
  /** The mechanism's name. */
  readonly name: typeof SCRAM_SHA_256 | typeof SCRAM_SHA_256_PLUS;
  /** How it is bound to the connection. */
  readonly binding: ScramBinding;
}

/**
 * Chooses one of the mechanisms that the server offers.
 *
 * Source: `pg_SASL_init` in fe-auth.c.
 *
 * @param offered Their names.
 * @param circumstances The connection, and the caller's choice.
 * @throws {AuthenticationError} If none is suitable.
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
  // "y" tells the server that this client supports it: the server objects if it has offered
  // it, because then the offer has been tampered with.
  const binding = data instanceof Uint8Array
    ? { header: "y,,", data: new Uint8Array(0) } as const
    : UNBOUND;
  return { name: SCRAM_SHA_256, binding };
}

// The digest to bind to, or the reason why there is none.
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
