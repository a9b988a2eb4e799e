import type { SocketAddress } from "../socket/socket.ts";
import type { ConnectionKeywords } from "./connection_string.ts";

/** One of the servers that may be connected to. */
export interface ConnectionTarget {
  /** Its address. */
  readonly address: SocketAddress;
  /** Its name or socket directory; `undefined` if only an address is known. */
  readonly host: string | undefined;
  /** Its port, or the number in its socket's name. */
  readonly port: number;
}

/**
 * Reads `host`, `hostaddr` and `port`, lists of the same length; a single port may apply to
 * all hosts. An empty item stands for the default.
 *
 * Source: the manual, "Specifying Multiple Hosts"; `pqConnectOptions2` in fe-connect.c.
 *
 * @param keywords The connection's keywords.
 * @returns At least one, in the order given.
 * @throws {TypeError} If the lists don't match.
 * @throws {RangeError} If a port is out of range.
 */
export function readTargets(
  keywords: ConnectionKeywords,
): readonly [ConnectionTarget, ...ConnectionTarget[]] {
  const hosts = splitList(keywords.get("host"));
  const addresses = splitList(keywords.get("hostaddr"));
  const ports = splitList(keywords.get("port"));
  const count = Math.max(hosts.length, addresses.length, 1);
  if (hosts.length > 0 && addresses.length > 0) {
    checkCount("hostaddr", addresses, count);
    checkCount("host", hosts, count);
  }
  if (ports.length > 1) checkCount("port", ports, count);
  const [first, ...others] = Array.from(
    { length: count },
    (_, i) =>
      readTarget(hosts[i], addresses[i], ports[ports.length === 1 ? 0 : i]),
  );
  return [first ?? readTarget(undefined, undefined, undefined), ...others];
}

function splitList(text: string | undefined): string[] {
  return text === undefined || text === "" ? [] : text.split(",");
}

// The texts are not quoted: see readPort().
function checkCount(
  what: string,
  list: readonly string[],
  count: number,
): void {
  if (list.length === count) return;
  throw new TypeError(
    `Cannot connect to ${count} hosts: ${what} has ${list.length} members, separated by commas, where there have to be as many as hosts${
      what === "port" ? ", or one for all" : ""
    }`,
  );
}

function readTarget(
  host: string | undefined,
  hostaddr: string | undefined,
  portText: string | undefined,
): ConnectionTarget {
  const port = readPort(portText);
  const hostname = hostaddr || host || "localhost";
  const name = hostaddr ? host || undefined : hostname;
  return { address: readAddress(hostname, port), host: name, port };
}

// Names may be in any script; they don't contain delimiters of connection strings.
const HOST = /^[^\s/@?#=;,&'"`\\[\]{}()<>|]+$/;

function readAddress(hostname: string, port: number): SocketAddress {
  // A leading "@" is libpq's mark for Linux's abstract socket names.
  if (hostname.startsWith("@")) {
    throw new TypeError(
      'Cannot connect to a host that begins with "@": abstract socket names are not supported',
    );
  }
  if (!hostname.startsWith("/") && !HOST.test(hostname)) {
    throw new TypeError(
      "Cannot connect to the host given: it has characters that neither a name nor an address can have. It is not shown, since it may hold a password; user, password, port and database have options of their own",
    );
  }
  return hostname.startsWith("/")
    ? {
      transport: "unix",
      path: `${hostname.replace(/(?<=.)\/$/, "")}/.s.PGSQL.${port}`,
    }
    : { transport: "tcp", hostname, port };
}

// The text is not quoted: in a URL whose password contains an unescaped "/", what looks like
// the port is the beginning of the password.
function readPort(text: string | undefined): number {
  if (text === undefined || text === "") return 5432;
  const port = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new RangeError(
    'Cannot use the port given: it is not a whole number from 1 to 65535 (in a URL, "/" in a password has to be written as "%2F")',
  );
}
