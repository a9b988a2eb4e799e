import { PostgresError } from "../../src/errors.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { logIn } from "../../src/login/log_in.ts";
import { dial } from "../../src/socket/deno.ts";
import { Random } from "../delivery/random.ts";
import {
  type PostgresServer,
  type ServerContext,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { makeAuthority } from "./certificates.ts";
import { type Libpq, loadLibpq } from "./libpq.ts";
import {
  DIMENSIONS,
  type Expectation,
  expectedOutcome,
  type Login,
  pickLogins,
} from "./login_model.ts";
import { assertEquals } from "@std/assert";

const COUNT = 1000;
const AT_ONCE = 4;

const authority = await makeAuthority("Walbrook's tests");
const stranger = await makeAuthority("Somebody else");
const own = await authority.issue([{ type: "dns", value: "localhost" }]);

const { method: METHODS, channel: CHANNELS } = DIMENSIONS;

const CLIENTS: Record<string, { certificate: string; key: string }> = {
  "of another role": await authority.issue([], { commonName: "nobody" }),
  "of another authority": await stranger.issue([], {
    commonName: "cert_tls",
  }),
};
for (const channel of CHANNELS) {
  const commonName = `cert_${channel}`;
  CLIENTS[commonName] = await authority.issue([], { commonName });
}

const TLS = {
  settings: {
    ssl: "on",
    ssl_cert_file: "server.crt",
    ssl_key_file: "server.key",
    ssl_ca_file: "root.crt",
  },
  files: {
    "server.crt": own.certificate,
    "server.key": own.key,
    "root.crt": authority.certificate,
  },
};

const ROLES = METHODS.flatMap((method) =>
  CHANNELS.map((channel) => ({
    method,
    channel,
    role: roleOf({ method, channel }),
  }))
);

function roleOf({ method, channel }: Pick<Login, "method" | "channel">) {
  return `${method.replaceAll("-", "_")}_${channel}`;
}

// A cert line can't be of an unencrypted connection.
const HBA = ROLES.flatMap(({ method, channel, role }) => [
  `hostssl all ${role} 127.0.0.1/32 ${channel === "plain" ? "reject" : method}`,
  `hostnossl all ${role} 127.0.0.1/32 ${
    channel === "tls" || method === "cert" ? "reject" : method
  }`,
]);

async function makeRoles(sql: ServerContext["sql"]): Promise<void> {
  for (const { method, role } of ROLES) {
    const encryption = method === "md5" ? "md5" : "scram-sha-256";
    await sql(
      `SET password_encryption = '${encryption}'; CREATE ROLE ${role} LOGIN PASSWORD 'right'`,
    );
  }
}

// The login in the words of a connection string, certificates as text.
function keywordsOf(login: Login, server: PostgresServer) {
  const role = roleOf(login);
  const client = login.certificate === "right"
    ? CLIENTS[`cert_${login.channel}`]
    : CLIENTS[login.certificate];
  return {
    host: login.host === "right" ? "localhost" : "wrong.example",
    hostaddr: "127.0.0.1",
    port: String(server.port),
    user: role,
    dbname: "postgres",
    sslmode: login.sslmode,
    channel_binding: login.channelBinding,
    passfile: "/nonexistent",
    connect_timeout: "20",
    ...(login.requireAuth === "" ? {} : { require_auth: login.requireAuth }),
    ...(login.negotiation === "direct" ? { sslnegotiation: "direct" } : {}),
    ...(login.password === "none" ? {} : { password: login.password }),
    ...(login.root === "none" ? {} : {
      sslrootcert: login.root === "right"
        ? authority.certificate
        : stranger.certificate,
    }),
    ...(client === undefined
      ? {}
      : { sslcert: client.certificate, sslkey: client.key }),
  };
}

type Keywords = Readonly<Record<string, string>>;

async function outcomeOf(keywords: Keywords): Promise<string> {
  const text = Object.entries(keywords)
    .map(([name, value]) => `${name}='${value}'`)
    .join(" ");
  try {
    const settings = await resolveConnection(text, { get: () => undefined });
    const { channel, encrypted } = await logIn(dial, settings, {
      replication: undefined,
    });
    await channel.close();
    return encrypted ? "tls" : "plain";
  } catch (error) {
    if (error instanceof PostgresError) return error.code;
    return error instanceof Error ? error.name : String(error);
  }
}

// libpq takes certificates as files only, and by default some of the user's own.
class LibpqFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #paths = new Map<string, string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<LibpqFiles> {
    return new LibpqFiles(await Deno.makeTempDir());
  }

  async withFiles(keywords: Keywords): Promise<Keywords> {
    const result: Record<string, string> = {
      ...keywords,
      gssencmode: "disable",
      sslcrl: "/nonexistent",
    };
    for (const name of ["sslrootcert", "sslcert", "sslkey"]) {
      const text = keywords[name];
      result[name] = text === undefined
        ? "/nonexistent"
        : await this.#file(text);
    }
    return result;
  }

  async #file(text: string): Promise<string> {
    const known = this.#paths.get(text);
    if (known !== undefined) return known;
    const path = `${this.#folder}/${this.#paths.size}`;
    this.#paths.set(text, path);
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

interface Row {
  readonly login: string;
  readonly outcome: string;
  readonly libpq: string;
}

interface Comparison {
  readonly server: PostgresServer;
  readonly tls: boolean;
  readonly libpq: Libpq | null;
}

// Runs logins, a few at once, and returns those which did not end as the model says.
async function compare(
  logins: readonly Login[],
  { server, tls, libpq }: Comparison,
): Promise<{ actual: Row[]; expected: Row[] }> {
  await using files = await LibpqFiles.create();
  const rest = [...logins];
  const actual: Row[] = [];
  const expected: Row[] = [];
  async function work(): Promise<void> {
    for (let login = rest.pop(); login !== undefined; login = rest.pop()) {
      const keywords = keywordsOf(login, server);
      const wanted = expectedOutcome(login, { major: server.major, tls });
      const outcome = await outcomeOf(keywords);
      const theirs = libpq === null || !knows(libpq, keywords)
        ? coarse(wanted)
        : (await libpq.connect(await files.withFiles(keywords))).outcome;
      if (outcome === wanted && theirs === coarse(wanted)) continue;
      const text = describe(login);
      actual.push({ login: text, outcome, libpq: theirs });
      expected.push({ login: text, outcome: wanted, libpq: coarse(wanted) });
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, () => work()));
  return { actual, expected };
}

function knows(libpq: Libpq, keywords: Keywords): boolean {
  return (libpq.version >= 160000 || keywords.require_auth === undefined) &&
    (libpq.version >= 170000 || keywords.sslnegotiation === undefined);
}

function coarse(outcome: Expectation): string {
  return outcome === "plain" || outcome === "tls" ? outcome : "failed";
}

function describe(login: Login): string {
  return Object.entries(login)
    .filter(([name, value]) =>
      ["method", "channel", "sslmode"].includes(name) ||
      value !== DIMENSIONS[name as keyof Login][0]
    )
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

// Where a password that was refused over TLS is not asked for without it, libpq shows
// itself contented; this library does not.
testOnPostgres(
  "logIn() does not get in without TLS once its password was refused, unlike libpq",
  async ({ server, sql }) => {
    await sql("CREATE ROLE lax LOGIN PASSWORD 'right'");
    await using files = await LibpqFiles.create();
    using libpq = loadLibpq(server);
    const keywords = {
      host: "127.0.0.1",
      port: String(server.port),
      user: "lax",
      dbname: "postgres",
      password: "wrong",
    };
    assertEquals(await outcomeOf(keywords), "28P01");
    if (libpq === null) return;
    const theirs = await libpq.connect(await files.withFiles(keywords));
    assertEquals(theirs.outcome, "plain");
  },
  {
    ...TLS,
    hba: [
      "hostssl all lax 127.0.0.1/32 scram-sha-256",
      "hostnossl all lax 127.0.0.1/32 trust",
    ],
    majors: [18],
  },
);

testOnPostgres(
  "logIn() ends as libpq does, whatever is right or wrong",
  async ({ server, sql }) => {
    await makeRoles(sql);
    using libpq = loadLibpq(server);
    const random = new Random(server.major);
    const logins = pickLogins(COUNT, () => random.next());
    const over = { server, libpq };
    const { actual, expected } = await compare(logins, { ...over, tls: true });
    assertEquals(actual, expected);
    await sql("ALTER SYSTEM SET ssl = off");
    await sql("SELECT pg_reload_conf()");
    while ((await sql("SHOW ssl"))[0]?.["ssl"] !== "off");
    const some = logins.filter((_, i) => i % 5 === 0);
    const without = await compare(some, { ...over, tls: false });
    assertEquals(without.actual, without.expected);
  },
  { ...TLS, hba: HBA, majors: [14, 18] },
);
