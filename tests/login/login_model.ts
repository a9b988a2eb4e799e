// What libpq makes of a login, told by its rules alone: the manual's "SSL Support",
// "Parameter Key Words" and "Client Authentication". Nothing here is from src/.

/** One login of the matrix. */
export interface Login {
  /** How `pg_hba.conf` has the role log in. */
  readonly method:
    | "trust"
    | "password"
    | "md5"
    | "scram-sha-256"
    | "cert"
    | "reject";
  /** Over which connections it lets the role in; over others it rejects it. */
  readonly channel: "both" | "tls" | "plain";
  readonly sslmode:
    | "disable"
    | "allow"
    | "prefer"
    | "require"
    | "verify-ca"
    | "verify-full";
  /** The authority that is trusted. */
  readonly root: "right" | "none" | "wrong";
  /** The name that the certificate is to bear. */
  readonly host: "right" | "wrong";
  readonly password: "right" | "wrong" | "none";
  /** The client's certificate. */
  readonly certificate:
    | "none"
    | "right"
    | "of another role"
    | "of another authority";
  readonly channelBinding: "disable" | "prefer" | "require";
  readonly requireAuth: "" | "none" | "scram-sha-256" | "!password,!md5";
  readonly negotiation: "postgres" | "direct";
}

/** All that a login is made of; the first value of each is the usual one. */
export const DIMENSIONS: {
  readonly [Name in keyof Login]: readonly [Login[Name], ...Login[Name][]];
} = {
  method: ["trust", "password", "md5", "scram-sha-256", "cert", "reject"],
  channel: ["both", "tls", "plain"],
  sslmode: [
    "prefer",
    "disable",
    "allow",
    "require",
    "verify-ca",
    "verify-full",
  ],
  root: ["right", "none", "wrong"],
  host: ["right", "wrong"],
  password: ["right", "wrong", "none"],
  certificate: ["none", "right", "of another role", "of another authority"],
  channelBinding: ["prefer", "disable", "require"],
  requireAuth: ["", "none", "scram-sha-256", "!password,!md5"],
  negotiation: ["postgres", "direct"],
};

/** What the server is like. */
export interface ServerModel {
  /** Its version. */
  readonly major: number;
  /** Whether it speaks TLS. */
  readonly tls: boolean;
}

/**
 * What comes of a login: a link, a setting that libpq refuses, this side's refusal, the
 * server's (with its SQLSTATE), or a link that broke.
 */
export type Expectation =
  | "plain"
  | "tls"
  | "TypeError"
  | "AuthenticationError"
  | "ConnectionError"
  | "28000"
  | "28P01";

/** Says what comes of a login. */
export function expectedOutcome(
  login: Login,
  server: ServerModel,
): Expectation {
  const { sslmode, root, negotiation } = login;
  const weak = ["disable", "allow", "prefer"].includes(sslmode);
  if (negotiation === "direct" && weak) return "TypeError";
  if (sslmode.startsWith("verify") && root === "none") return "TypeError";
  if (sslmode === "disable") return startup(login, false);
  if (sslmode === "allow") {
    const first = startup(login, false);
    // Only a refusal that no password has led to is worth another try.
    if (first !== "28000") return first;
    const second = overTls(login, server);
    return second === "28000" || second === "no TLS" ? first : asError(second);
  }
  const first = overTls(login, server);
  if (sslmode !== "prefer") {
    return first === "no TLS" ? "AuthenticationError" : asError(first);
  }
  if (first === "no TLS") return startup(login, false);
  if (first !== "28000" && first !== "bad handshake") return first;
  // If that meets the same closed door, the first error says more.
  const second = startup(login, false);
  return second === "28000" ? asError(first) : second;
}

type TlsOutcome = Expectation | "no TLS" | "bad handshake";

function asError(outcome: Exclude<TlsOutcome, "no TLS">): Expectation {
  return outcome === "bad handshake" ? "AuthenticationError" : outcome;
}

function overTls(login: Login, { major, tls }: ServerModel): TlsOutcome {
  if (login.negotiation === "direct" && (!tls || major < 17)) {
    return "ConnectionError";
  }
  if (!tls) return "no TLS";
  if (login.root === "wrong") return "bad handshake";
  if (login.sslmode === "verify-full" && login.host === "wrong") {
    return "bad handshake";
  }
  // The server sees it after this side's handshake is over.
  if (login.certificate === "of another authority") return "ConnectionError";
  return startup(login, true);
}

function startup(login: Login, encrypted: boolean): Expectation {
  const { method, channel, requireAuth, channelBinding } = login;
  if (channel === (encrypted ? "plain" : "tls")) return "28000";
  if (method === "reject") return "28000";
  const link = encrypted ? "tls" : "plain";
  const asks = method === "trust" || method === "cert" ? "none" : method;
  if (method === "cert") {
    if (!encrypted || login.certificate !== "right") return "28000";
  }
  if (!allows(requireAuth, asks)) return "AuthenticationError";
  if (
    channelBinding === "require" && !(asks === "scram-sha-256" && encrypted)
  ) {
    return "AuthenticationError";
  }
  if (asks === "none") return link;
  if (login.password === "none") return "AuthenticationError";
  return login.password === "wrong" ? "28P01" : link;
}

function allows(requireAuth: Login["requireAuth"], method: string): boolean {
  if (requireAuth === "") return true;
  if (requireAuth.startsWith("!")) return !requireAuth.includes(`!${method}`);
  return requireAuth === method;
}

/**
 * Picks logins: the usual one and all that differ from it in one or two dimensions for
 * each method, channel and sslmode, thinned out, and as many with anything at all.
 *
 * @param count About how many.
 * @param random Numbers from 0 up to 1.
 */
export function pickLogins(count: number, random: () => number): Login[] {
  const logins = new Map<string, Login>();
  const add = (login: Login) => logins.set(Object.values(login).join(), login);
  for (const method of DIMENSIONS.method) {
    for (const channel of DIMENSIONS.channel) {
      for (const sslmode of DIMENSIONS.sslmode) {
        add({ ...USUAL, method, channel, sslmode, certificate: "right" });
      }
    }
  }
  while (logins.size < count) {
    // Often one or two dimensions are unusual, seldom all of them.
    const oddness = random();
    const login = Object.entries(DIMENSIONS).map(([name, values]) => {
      const isFree = ["method", "sslmode"].includes(name);
      const at = isFree || random() < oddness
        ? Math.floor(random() * values.length)
        : 0;
      return [name, values[at]];
    });
    add(Object.fromEntries(login) as unknown as Login);
  }
  return [...logins.values()];
}

const USUAL = Object.fromEntries(
  Object.entries(DIMENSIONS).map(([name, [usual]]) => [name, usual]),
) as unknown as Login;
