import type { ConnectionOptions } from "../../src/connection/connection_options.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import type { Environment } from "../../src/socket/socket.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
const KEY = "-----BEGIN PRIVATE KEY-----\nKKKK\n-----END PRIVATE KEY-----";
const OTHER_PEM =
  "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----";

// Compares what `wanted` names, and passes over the rest.
function assertHas(actual: unknown, wanted: object): void {
  assertEquals(pickAs(wanted, actual), wanted);
}

function pickAs(shape: unknown, value: unknown): unknown {
  if (shape?.constructor !== Object || value?.constructor !== Object) {
    return value;
  }
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(shape).map((
      [name, one],
    ) => [name, pickAs(one, record[name])]),
  );
}

function environmentOf(
  variables: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Environment {
  return {
    get: (name) => variables[name],
    readTextFile: (path) => {
      const text = files[path];
      return text === undefined
        ? Promise.reject(
          Object.assign(new Error(`open ${path}`), { code: "ENOENT" }),
        )
        : Promise.resolve(text);
    },
  };
}

function target(
  hostname: string,
  port = 5432,
  host: string | undefined = hostname,
) {
  return { address: { transport: "tcp", hostname, port } as const, host, port };
}

const UNIX_USER = environmentOf({ USER: "unix" });

Deno.test("resolveConnection() has a default for everything but the user", async () => {
  assertEquals(await resolveConnection(undefined, UNIX_USER), {
    targets: [target("localhost", 5432)],
    targetSessionAttrs: "any",
    loadBalanceHosts: false,
    user: "unix",
    database: "unix",
    password: undefined,
    passwordFile: { path: undefined, environment: UNIX_USER },
    channelBinding: "prefer",
    keepAlive: true,
    keepAliveIdleMs: undefined,
    requireAuth: new Set(["none", "password", "md5", "scram-sha-256"] as const),
    tls: {
      sslmode: "prefer",
      direct: false,
      options: { verify: "none" },
    },
    connectTimeoutMs: 30_000,
    parameters: {
      application_name: "walbrook",
      options:
        "-c bytea_output=hex -c extra_float_digits=1 -c quote_all_identifiers=off -c search_path=pg_catalog",
      client_encoding: "UTF8",
      DateStyle: "ISO, MDY",
      IntervalStyle: "postgres",
      TimeZone: "UTC",
    },
  });
});

Deno.test("resolveConnection() takes the same from URL, pairs, object and variables", async () => {
  const password = "p w";
  const wanted = await resolveConnection(
    "postgres://u:p%20w@h:1,i:2/d?sslmode=verify-full&sslrootcert=system&application_name=a&connect_timeout=7&options=-c%20geqo%3Doff&hostaddr=10.0.0.1,10.0.0.2&require_auth=md5&target_session_attrs=primary&load_balance_hosts=random&sslnegotiation=direct&sslcert=C&sslkey=K&sslpassword=S&sslsni=0&ssl_min_protocol_version=tlsv1.3&channel_binding=require&keepalives=0&keepalives_idle=3&passfile=f"
      .replace("=C&", `=${encodeURIComponent(PEM)}&`).replace(
        "=K&",
        `=${encodeURIComponent(KEY)}&`,
      ),
    UNIX_USER,
  );
  assertHas(wanted, {
    targets: [target("10.0.0.1", 1, "h"), target("10.0.0.2", 2, "i")],
    targetSessionAttrs: "primary",
    loadBalanceHosts: true,
    channelBinding: "require",
    keepAlive: false,
    keepAliveIdleMs: 3000,
    user: "u",
    database: "d",
    password,
    requireAuth: new Set(["md5"]),
    tls: {
      sslmode: "verify-full",
      direct: true,
      options: {
        verify: "full",
        clientCertificate: { certificate: PEM, key: KEY, passphrase: "S" },
        sendServerName: false,
        minVersion: "TLSv1.3",
        requireAlpn: true,
      },
    },
    connectTimeoutMs: 7000,
    parameters: {
      application_name: "a",
      options:
        "-c geqo=off -c bytea_output=hex -c extra_float_digits=1 -c quote_all_identifiers=off -c search_path=pg_catalog",
    },
  });
  const pairs =
    `user=u password='p w' host=h,i port=1,2 dbname=d sslmode=verify-full sslrootcert=system application_name=a connect_timeout=7 options='-c geqo=off' hostaddr=10.0.0.1,10.0.0.2 require_auth=md5 target_session_attrs=primary load_balance_hosts=random sslnegotiation=direct sslcert='${PEM}' sslkey='${KEY}' sslpassword=S sslsni=0 ssl_min_protocol_version=TLSv1.3 channel_binding=require keepalives=0 keepalives_idle=3 passfile=f`;
  assertEquals(await resolveConnection(pairs, UNIX_USER), wanted);
  const object: Omit<
    Required<ConnectionOptions>,
    "service" | "servicefile" | "sslcertmode" | "sslMaxProtocolVersion"
  > = {
    host: ["h", "i"],
    hostaddr: "10.0.0.1,10.0.0.2",
    port: [1, 2],
    targetSessionAttrs: "primary",
    loadBalanceHosts: "random",
    sslnegotiation: "direct",
    sslcert: PEM,
    sslkey: KEY,
    sslpassword: "S",
    sslsni: false,
    sslMinProtocolVersion: "TLSv1.3",
    channelBinding: "require",
    keepalives: false,
    keepalivesIdleMs: 3000,
    passfile: "f",
    user: "u",
    password,
    database: "d",
    sslmode: "verify-full",
    sslrootcert: "system",
    requireAuth: "md5",
    applicationName: "a",
    connectTimeoutMs: 7000,
    options: "-c geqo=off",
  };
  assertEquals(await resolveConnection(object, UNIX_USER), wanted);
  // These have no variable.
  const rest = `sslpassword=S keepalives=0 keepalives_idle=3`;
  const variables = environmentOf({
    PGHOST: "h,i",
    PGHOSTADDR: "10.0.0.1,10.0.0.2",
    PGPORT: "1,2",
    PGTARGETSESSIONATTRS: "primary",
    PGLOADBALANCEHOSTS: "random",
    PGSSLNEGOTIATION: "direct",
    PGSSLCERT: PEM,
    PGSSLKEY: KEY,
    PGSSLSNI: "0",
    PGSSLMINPROTOCOLVERSION: "TLSv1.3",
    PGCHANNELBINDING: "require",
    PGPASSFILE: "f",
    PGUSER: "u",
    PGPASSWORD: password,
    PGDATABASE: "d",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: "system",
    PGREQUIREAUTH: "md5",
    PGAPPNAME: "a",
    PGCONNECT_TIMEOUT: "7",
    PGOPTIONS: "-c geqo=off",
  });
  assertEquals(await resolveConnection(rest, variables), wanted);
  // What is given wins over every variable.
  const others = environmentOf(Object.fromEntries(
    [
      ...["PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD"],
      ...["PGDATABASE", "PGSSLMODE", "PGSSLROOTCERT", "PGREQUIREAUTH"],
      ...["PGAPPNAME", "PGCONNECT_TIMEOUT", "PGOPTIONS"],
    ].map((name) => [name, "other"]),
  ));
  assertEquals(await resolveConnection(pairs, others), wanted);
  assertEquals(await resolveConnection(object, others), wanted);
});

interface Case {
  readonly connection: string | ConnectionOptions;
  readonly variables?: Readonly<Record<string, string>>;
  readonly wanted: object;
}

const RESOLVED: readonly Case[] = [
  {
    connection: "host=/run/pg/ port=1 sslmode=verify-full",
    wanted: {
      targets: [{
        address: { transport: "unix", path: "/run/pg/.s.PGSQL.1" },
        host: "/run/pg/",
        port: 1,
      }],
      tls: undefined,
    },
  },
  {
    connection: "host=/",
    wanted: {
      targets: [{
        address: { transport: "unix", path: "//.s.PGSQL.5432" },
        host: "/",
        port: 5432,
      }],
    },
  },
  {
    connection: "host=/run/pg hostaddr=::1",
    wanted: { targets: [target("::1", 5432, "/run/pg")] },
  },
  {
    connection: "postgres://h",
    variables: { PGPORT: "2", PGUSER: "v", PGDATABASE: "" },
    wanted: {
      targets: [target("h", 2)],
      user: "v",
      database: "v",
    },
  },
  // As in libpq, an empty keyword is given, and means the default.
  {
    connection: "host='' port=''",
    variables: { PGHOST: "h", PGPORT: "2" },
    wanted: {
      targets: [target("localhost", 5432)],
    },
  },
  { connection: { connectTimeoutMs: 0 }, wanted: { connectTimeoutMs: 0 } },
  { connection: "connect_timeout=0", wanted: { connectTimeoutMs: 0 } },
  { connection: "connect_timeout=-1", wanted: { connectTimeoutMs: 0 } },
  {
    connection: "fallback_application_name=f",
    wanted: { parameters: { application_name: "f" } },
  },
  {
    connection: "fallback_application_name=f",
    variables: { PGAPPNAME: "a" },
    wanted: { parameters: { application_name: "a" } },
  },
  {
    connection: "sslrootcert=system",
    wanted: {
      tls: {
        sslmode: "verify-full",
        options: { verify: "full" },
      },
    },
  },
  {
    connection: { sslmode: "require", sslrootcert: PEM },
    wanted: { tls: { options: { verify: "ca", caCertificates: [PEM] } } },
  },
  {
    connection: { sslmode: "prefer", sslrootcert: "/roots" },
    wanted: {
      tls: { options: { verify: "ca", caCertificates: [PEM, OTHER_PEM] } },
    },
  },
  {
    connection: "sslmode=verify-ca",
    wanted: {
      tls: { options: { verify: "ca", caCertificates: [OTHER_PEM] } },
    },
  },
  {
    connection: "sslmode=require",
    // As in libpq, the mere file makes require verify.
    wanted: { tls: { options: { verify: "ca", caCertificates: [OTHER_PEM] } } },
  },
  {
    connection: "sslmode=require",
    variables: { HOME: "/home/other" },
    wanted: { tls: { options: { verify: "none" } } },
  },
  {
    connection: "",
    variables: { PGREQUIRESSL: "1" },
    wanted: { tls: { sslmode: "require" } },
  },
  { connection: "requiressl=1", wanted: { tls: { sslmode: "require" } } },
  { connection: "requiressl=0", wanted: { tls: { sslmode: "prefer" } } },
  {
    connection: "",
    variables: { PGREQUIRESSL: "1", PGSSLMODE: "allow" },
    wanted: { tls: { sslmode: "allow" } },
  },
  {
    connection: "sslcert=/cert sslkey=/key",
    wanted: {
      tls: { options: { clientCertificate: { certificate: PEM, key: KEY } } },
    },
  },
  {
    connection: "sslmode=prefer",
    variables: { HOME: "/home/certified" },
    wanted: {
      tls: { options: { clientCertificate: { certificate: PEM, key: KEY } } },
    },
  },
  {
    connection: "sslcertmode=disable sslcert=/none sslkey=/none",
    variables: { HOME: "/home/certified" },
    wanted: { tls: { options: { clientCertificate: undefined } } },
  },
  {
    connection: "sslmode=disable sslcert=/none sslrootcert=/none",
    wanted: { tls: { options: { verify: "none" } } },
  },
  {
    connection: "ssl_max_protocol_version=TLSv1.2",
    wanted: {
      tls: { options: { maxVersion: "TLSv1.2", minVersion: undefined } },
    },
  },
  {
    connection: "postgres://a:1,b,[::1]:3/d",
    wanted: { targets: [target("a", 1), target("b"), target("::1", 3)] },
  },
  {
    connection: "postgres://a,b",
    variables: { PGPORT: "9" },
    wanted: { targets: [target("a"), target("b")] },
  },
  {
    connection: "host=a,/run/pg,, port=7",
    wanted: {
      targets: [
        target("a", 7),
        {
          address: { transport: "unix", path: "/run/pg/.s.PGSQL.7" },
          host: "/run/pg",
          port: 7,
        },
        target("localhost", 7),
        target("localhost", 7),
      ],
    },
  },
  {
    connection: "hostaddr=10.0.0.1,10.0.0.2 port=,8",
    wanted: {
      targets: [
        { ...target("10.0.0.1"), host: undefined },
        { ...target("10.0.0.2", 8), host: undefined },
      ],
    },
  },
  {
    connection: "service=shop user=mine",
    variables: { PGHOST: "h", PGPORT: "9", PGAPPNAME: "a" },
    wanted: {
      targets: [target("db", 9)],
      user: "mine",
      database: "shop",
      parameters: { application_name: "a" },
    },
  },
  {
    connection: { service: "far", servicefile: "/services" },
    wanted: { targets: [target("far.away")] },
  },
  {
    connection: "",
    variables: { PGSERVICE: "far", PGSERVICEFILE: "/services" },
    wanted: { targets: [target("far.away")] },
  },
  // Keywords that change nothing, with the values that ask for what is so anyway.
  {
    connection:
      "replication=database keepalives=1 keepalives_idle=5 keepalives_count=2 tcp_user_timeout=9 sslsni=1 sslcompression=0 gssencmode=prefer channel_binding=prefer target_session_attrs=any client_encoding=UTF8 sslnegotiation=postgres ssl_min_protocol_version=TLSv1.2 krbsrvname=x",
    wanted: { user: "unix" },
  },
  {
    connection: "",
    variables: { PGTARGETSESSIONATTRS: "any", PGSERVICE: "", PGSSLCRL: "" },
    wanted: { user: "unix" },
  },
];

for (const { connection, variables = {}, wanted } of RESOLVED) {
  const text = JSON.stringify(connection) + JSON.stringify(variables);
  Deno.test(`resolveConnection() settles ${text}`, async () => {
    const environment = environmentOf(
      { USER: "unix", HOME: "/home/unix", ...variables },
      {
        "/roots": `Two of them\n${PEM}\n\n${OTHER_PEM}\n`,
        "/home/unix/.postgresql/root.crt": OTHER_PEM,
        "/home/certified/.postgresql/postgresql.crt": PEM,
        "/home/certified/.postgresql/postgresql.key": KEY,
        "/cert": PEM,
        "/key": KEY,
        "/home/unix/.pg_service.conf":
          "# Ours\n[shop]\nhost=db\ndbname=shop\nuser=service\n",
        "/services": "[far]\nhost=far.away\n",
      },
    );
    const settings = await resolveConnection(connection, environment);
    assertHas(settings, wanted);
  });
}

Deno.test("resolveConnection() keeps a password function for each login", async () => {
  const password = () => "fresh";
  const settings = await resolveConnection({ password }, UNIX_USER);
  assertEquals(settings.password, password);
});

for (const name of ["USER", "LOGNAME", "USERNAME"]) {
  Deno.test(`resolveConnection() takes the user from ${name}`, async () => {
    const settings = await resolveConnection(
      "",
      environmentOf({ [name]: "x" }),
    );
    assertEquals(settings.user, "x");
  });
}

interface Refusal {
  readonly connection: string | ConnectionOptions | Record<string, unknown>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly problem: RegExp;
}

const REFUSED: readonly Refusal[] = [
  { connection: "hots=h", problem: /does not exist; did you mean "host"\?$/ },
  {
    connection: "toString=h",
    problem: /a keyword that does not exist\. It is not shown/,
  },
  { connection: { hots: "h" }, problem: /"hots": there is no such option/ },
  {
    connection: { sslMode: "x" },
    problem: /"sslMode": there is no such option/,
  },
  { connection: { user: 5 }, problem: /"user": it is of type number/ },
  {
    connection: "sslcert=c",
    problem: /the file that sslcert names: no such file$/,
  },
  { connection: `sslcert='${PEM}'`, problem: /no key for it; set sslkey/ },
  { connection: "sslkey=k", problem: /there is no certificate; set sslcert/ },
  { connection: "sslcrl=c", problem: /"sslcrl": this library does not/ },
  { connection: "sslcertmode=require", problem: /sslcertmode "require"/ },
  {
    connection: "sslsni=2",
    problem: /the value of sslsni: it is none of 1, 0/,
  },
  { connection: { sslsni: "1" }, problem: /"sslsni": .* string, not a bool/ },
  {
    connection: "service=s",
    problem: /no section in \/home\/unix\/.pg_service.conf; add one there/,
  },
  {
    connection: "service=s servicefile=/s",
    problem: /service file that servicefile names: no such file$/,
  },
  {
    connection: "requirepeer=p",
    problem: /"requirepeer": this library does not/,
  },
  {
    connection: "target_session_attrs=master",
    problem: /target_session_attrs: it is none of any, read-write/,
  },
  {
    connection: { loadBalanceHosts: "yes" },
    problem: /load_balance_hosts: it is none of disable, random/,
  },
  {
    connection: "channel_binding=yes",
    problem: /channel_binding: it is none of prefer, disable, require/,
  },
  {
    connection: "gssencmode=require",
    problem: /"gssencmode": .* other than disable, prefer/,
  },
  ...["disable", "allow", "prefer"].map((sslmode) => ({
    connection: `sslnegotiation=direct sslmode=${sslmode}`,
    problem: /with sslnegotiation=direct: it may end without encryption/,
  })),
  { connection: "sslnegotiation=tls", problem: /none of postgres, direct/ },
  {
    connection: "ssl_min_protocol_version=SSLv3",
    problem: /none of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3/,
  },
  {
    connection:
      "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
    problem: /from version TLSv1.3 to TLSv1.2/,
  },
  {
    connection: "ssl_max_protocol_version=TLSv1.1",
    problem: /to TLSv1.1/,
  },
  { connection: "client_encoding=LATIN1", problem: /"client_encoding"/ },
  {
    connection: "",
    variables: { PGSERVICE: "s", PGSYSCONFDIR: "/etc" },
    problem: /\.pg_service.conf or \/etc\/pg_service.conf; add one there/,
  },
  {
    connection: "",
    variables: { PGSSLCERT: "c" },
    problem: /the file that sslcert names/,
  },
  {
    connection: "",
    variables: { PGSSLCRL: "c" },
    problem: /variable PGSSLCRL/,
  },
  {
    connection: "",
    variables: { PGGSSENCMODE: "require" },
    problem: /variable PGGSSENCMODE: this library does not support it with/,
  },
  { connection: "port=1,2", problem: /to 1 hosts: port has 2 members/ },
  { connection: "host=a,b port=1,2,3", problem: /to 2 hosts: port has 3/ },
  { connection: "host=a,b hostaddr=::1", problem: /2 hosts: hostaddr has 1/ },
  { connection: "host=a hostaddr=::1,::2", problem: /2 hosts: host has 1/ },
  { connection: "host=@abstract", problem: /abstract/ },
  { connection: "port=0", problem: /from 1 to 65535/ },
  { connection: "port=65536", problem: /from 1 to 65535/ },
  { connection: { port: 1.5 }, problem: /from 1 to 65535/ },
  { connection: { port: NaN }, problem: /from 1 to 65535/ },
  {
    connection: "connect_timeout=soon",
    problem: /connect_timeout: it is not a whole number/,
  },
  {
    connection: "connect_timeout=9999999",
    problem: /connect_timeout: it is not a whole number/,
  },
  { connection: { connectTimeoutMs: -1 }, problem: /"connectTimeoutMs": -1/ },
  { connection: { connectTimeoutMs: NaN }, problem: /"connectTimeoutMs": NaN/ },
  { connection: "sslmode=on", problem: /sslmode: it is none of disable,/ },
  { connection: "sslmode=''", problem: /sslmode: it is none of disable,/ },
  {
    connection: "sslmode=require sslrootcert=system",
    problem: /sslmode "require" with sslrootcert=system/,
  },
  {
    connection: "sslmode=verify-full hostaddr=::1",
    problem: /"verify-full" needs a host name/,
  },
  {
    connection: "sslmode=verify-full",
    problem: /root\.crt cannot be read; set sslrootcert/,
  },
  {
    connection: "sslrootcert=/none",
    problem: /the file that sslrootcert names: no such file$/,
  },
  {
    connection: "sslrootcert=/empty",
    problem: /sslrootcert .* no certificate/,
  },
  {
    connection: "require_auth=peer",
    problem: /names a method that does not exist; the methods are gss,/,
  },
];

for (const { connection, variables = {}, problem } of REFUSED) {
  const text = JSON.stringify(connection) + JSON.stringify(variables);
  Deno.test(`resolveConnection() refuses ${text}`, async () => {
    const environment = environmentOf(
      { USER: "unix", HOME: "/home/unix", ...variables },
      { "/empty": "nothing" },
    );
    const error = await assertRejects(
      () => resolveConnection(connection as ConnectionOptions, environment),
      Error,
    );
    assert(problem.test(error.message), error.message);
    assert(["TypeError", "RangeError"].includes(error.name), error.name);
  });
}

Deno.test("resolveConnection() refuses to guess a user", async () => {
  const error = await assertRejects(
    () => resolveConnection("host=h", environmentOf()),
    TypeError,
  );
  assert(error.message.includes("PGUSER"), error.message);
});

Deno.test("resolveConnection() does not tell the password of a URL that is not well-formed", async () => {
  const error = await assertRejects(
    () => resolveConnection("postgres://u:s3cret/x@h/d", UNIX_USER),
    SyntaxError,
  );
  assert(!error.message.includes("s3cret"), error.message);
  assert(error.message.includes("percent-encoded"), error.message);
});

for (
  const [mode, ownerId, fine] of [
    [0o100600, 1000, true],
    [0o100640, 1000, false],
    [0o100640, 0, true],
    [0o100644, 0, false],
    [null, null, true],
  ] as const
) {
  Deno.test(`resolveConnection() ${fine ? "takes" : "refuses"} a key with mode ${mode?.toString(8)} of owner ${ownerId}`, async () => {
    const environment: Environment = {
      ...environmentOf({ USER: "unix" }, { "/cert": PEM, "/key": KEY }),
      describeFile: () => Promise.resolve({ isFile: true, mode, ownerId }),
    };
    const attempt = () =>
      resolveConnection("sslcert=/cert sslkey=/key", environment);
    if (fine) await attempt();
    else await assertRejects(attempt, TypeError, "others have access to it");
  });
}

Deno.test("resolveConnection() does not ask for files that nobody named and that may not be read", async () => {
  const read: string[] = [];
  const environment: Environment = {
    get: (name) => ({ USER: "unix", HOME: "/home/unix" })[name],
    readTextFile: (path) => {
      read.push(path);
      return Promise.resolve("");
    },
    describeFile: () => Promise.resolve(null),
  };
  const { tls } = await resolveConnection("sslmode=require", environment);
  assertEquals(tls?.options, { verify: "none" });
  assertEquals(read, []);
});

Deno.test("resolveConnection() takes certificates as text where files can't be read", async () => {
  const environment: Environment = { get: UNIX_USER.get };
  await assertRejects(
    () => resolveConnection("sslrootcert=/roots", environment),
    TypeError,
    "give the PEM text itself",
  );
  const { tls } = await resolveConnection(
    { sslrootcert: PEM, sslcert: PEM, sslkey: KEY },
    environment,
  );
  assertEquals(tls?.options, {
    verify: "ca",
    caCertificates: [PEM],
    clientCertificate: { certificate: PEM, key: KEY },
  });
});
