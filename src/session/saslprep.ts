/** Placeholder. */
export function saslPrep(password: string): string {
  return password.normalize("NFKC");
}
