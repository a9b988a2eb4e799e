import { md5 } from "./md5.ts";

const UTF8 = new TextEncoder();

/**
 * Answers AuthenticationMD5Password: what the server has stored is the digest of
 * password and user, and what it wants is the digest of that and its salt.
 *
 * @param credentials The role and its password.
 * @param salt The four bytes of the request.
 * @returns The content of PasswordMessage.
 */
export function md5PasswordResponse(
  credentials: { readonly user: string; readonly password: string },
  salt: Uint8Array,
): string {
  const { user, password } = credentials;
  const stored = UTF8.encode(md5(UTF8.encode(password + user)));
  const salted = new Uint8Array(stored.length + salt.length);
  salted.set(stored);
  salted.set(salt, stored.length);
  return `md5${md5(salted)}`;
}
