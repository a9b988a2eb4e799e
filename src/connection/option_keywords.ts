import type { ConnectionOptions } from "./connection_options.ts";
import type { ConnectionKeywords } from "./connection_string.ts";

// The options' names and those of libpq, to which the same rules then apply.
const KEYWORDS: Readonly<Record<keyof ConnectionOptions, string>> = {
  host: "host",
  hostaddr: "hostaddr",
  port: "port",
  user: "user",
  password: "password",
  passfile: "passfile",
  database: "dbname",
  service: "service",
  servicefile: "servicefile",
  targetSessionAttrs: "target_session_attrs",
  loadBalanceHosts: "load_balance_hosts",
  sslmode: "sslmode",
  sslnegotiation: "sslnegotiation",
  sslrootcert: "sslrootcert",
  sslcert: "sslcert",
  sslkey: "sslkey",
  sslpassword: "sslpassword",
  sslcertmode: "sslcertmode",
  sslsni: "sslsni",
  sslMinProtocolVersion: "ssl_min_protocol_version",
  sslMaxProtocolVersion: "ssl_max_protocol_version",
  channelBinding: "channel_binding",
  requireAuth: "require_auth",
  applicationName: "application_name",
  connectTimeoutMs: "connect_timeout",
  keepalives: "keepalives",
  keepalivesIdleMs: "keepalives_idle",
  options: "options",
};

const LISTS = ["host", "hostaddr", "port"];
const MILLISECONDS = ["connectTimeoutMs", "keepalivesIdleMs"];
const SWITCHES = ["sslsni", "keepalives"];

/**
 * Converts options to libpq's keywords.
 *
 * @param options The caller's options.
 * @returns Their values as text; for a password function or a time in milliseconds, only a
 * marker that it exists.
 * @throws {TypeError} If an option does not exist, or a value has the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function readOptions(options: ConnectionOptions): ConnectionKeywords {
  refuseOthers(options);
  const keywords: ConnectionKeywords = new Map();
  // By their names, since the options of a class instance may be getters.
  for (const [name, keyword] of Object.entries(KEYWORDS)) {
    const value = options[name as keyof ConnectionOptions];
    if (value !== undefined) keywords.set(keyword, readOption(name, value));
  }
  return keywords;
}

function refuseOthers(options: ConnectionOptions): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(KEYWORDS, name)) continue;
    throw new TypeError(
      `Cannot use connection option "${name}": there is no such option; the names are ${
        Object.keys(KEYWORDS).join(", ")
      }`,
    );
  }
  const { constructor } = options;
  const isPlain = constructor === Object || constructor === undefined;
  if (isPlain || Object.keys(KEYWORDS).some((name) => name in options)) return;
  throw new TypeError(
    `Cannot connect with a ${constructor.name}: expected a connection string, a URL, or an object with the options ${
      Object.keys(KEYWORDS).join(", ")
    }`,
  );
}

function readOption(name: string, value: unknown): string {
  if (MILLISECONDS.includes(name)) return readMilliseconds(name, value);
  if (LISTS.includes(name) && Array.isArray(value)) return value.join(",");
  if (name === "port") return String(value); // in any form that reads as one
  if (SWITCHES.includes(name)) {
    if (typeof value === "boolean") return value ? "1" : "0";
    throw wrongType(name, value, "a boolean");
  }
  if (typeof value === "string") return value;
  if (name === "password" && typeof value === "function") return "";
  throw wrongType(name, value, "a string");
}

// The option itself is read later; the keyword is in seconds.
function readMilliseconds(name: string, value: unknown): string {
  if (typeof value === "number" && value >= 0 && value < 2 ** 31) return "0";
  throw new RangeError(
    `Cannot use connection option "${name}": ${
      typeof value === "number" ? value : `a value of type ${typeof value}`
    } is not a number of milliseconds from 0 to 2147483647`,
  );
}

function wrongType(name: string, value: unknown, wanted: string): TypeError {
  return new TypeError(
    `Cannot use connection option "${name}": it is of type ${typeof value}, not ${wanted}`,
  );
}
