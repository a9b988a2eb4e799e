/**
 * How much encryption to insist on, under libpq's names.
 *
 * - `disable`: never encrypt.
 * - `allow`: encrypt only where the server refuses an unencrypted login.
 * - `prefer`: encrypt where the server can; no protection from an active attacker.
 * - `require`: encrypt, or fail; any certificate will do.
 * - `verify-ca`: the certificate must come from a trusted authority.
 * - `verify-full`: it must bear the host's name too.
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
