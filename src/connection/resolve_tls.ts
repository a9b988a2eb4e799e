import type { Environment } from "../socket/socket.ts";
import type { ConnectionKeywords } from "./connection_string.ts";
import type { ConnectionTarget } from "./connection_targets.ts";
import type { TlsPolicy } from "./tls_policy.ts";

/**
 * Resolves how to encrypt TCP connections. The code for modes, versions and certificates is
 * loaded unless everything is as in a Worker: a certificate for the server's name from one of
 * the runtime's own authorities, and no files.
 *
 * @param keywords The caller's keywords.
 * @param targets The servers.
 * @param environment The source of `HOME`, certificates and keys.
 * @throws {TypeError} If modes contradict each other, or a root certificate is missing.
 */
export async function resolveTls(
  keywords: ConnectionKeywords,
  targets: readonly ConnectionTarget[],
  environment: Environment,
): Promise<TlsPolicy> {
  const given = [...keywords.keys()].filter((name) => name.startsWith("ssl"));
  const isPlain = given.length === 2 &&
    keywords.get("sslmode") === "verify-full" &&
    keywords.get("sslrootcert") === "system" &&
    targets.every(({ host }) => host !== undefined) &&
    environment.readTextFile === undefined;
  if (isPlain) {
    const options = { verify: "full" } as const;
    return { sslmode: "verify-full", direct: false, options };
  }
  const { resolveTlsPolicy } = await import("./tls_policy.ts");
  return await resolveTlsPolicy(keywords, targets, environment);
}
