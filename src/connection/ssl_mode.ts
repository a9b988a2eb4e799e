/**
 * The required level of encryption, under libpq's names.
 *
 * - `disable`: never encrypt.
 * - `allow`: encrypt only if the server refuses an unencrypted login.
 * - `prefer`: encrypt if the server supports it; no protection from an active attacker.
 * - `require`: encrypt, or fail; any certificate will do.
 * - `verify-ca`: the certificate must come from a trusted authority.
 * - `verify-full`: it must contain the host's name too.
 *
 * Source: the manual, "SSL Support" of libpq.
 */
export type SslMode =
  | "disable"
  | "allow"
  | "prefer"
  | "require"
  | "verify-ca"
  | "verify-full";
