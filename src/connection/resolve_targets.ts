import type { ConnectionKeywords } from "./connection_string.ts";
import type { ConnectionTarget } from "./connection_targets.ts";

const NAME_OR_ADDRESS = /^[\w.:-]+$/;
const PLAIN_PORT = /^[1-9]\d{0,4}$/;
const HIGHEST_PORT = 65_535;

/**
 * Resolves the servers to connect to. The code for lists of hosts, socket directories and
 * similar, and for errors, is loaded unless there is one server with a name or an address and
 * a port.
 *
 * @param keywords The caller's keywords.
 * @returns At least one, in the order given.
 * @throws {TypeError} If the lists don't match.
 * @throws {RangeError} If a port is out of range.
 */
export async function resolveTargets(
  keywords: ConnectionKeywords,
): Promise<readonly [ConnectionTarget, ...ConnectionTarget[]]> {
  const host = keywords.get("host") ?? "";
  const digits = keywords.get("port") ?? "5432";
  const port = Number(digits);
  const isPlain = NAME_OR_ADDRESS.test(host) && PLAIN_PORT.test(digits) &&
    port <= HIGHEST_PORT && !keywords.has("hostaddr");
  if (isPlain) {
    const address = { transport: "tcp", hostname: host, port } as const;
    return [{ address, host, port }];
  }
  const { readTargets } = await import("./connection_targets.ts");
  return readTargets(keywords);
}
