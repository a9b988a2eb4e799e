import {
  type ConnectionOptions,
  resolveConnection,
} from "../../src/session/connection_options.ts";
import type { Environment } from "../../src/socket/socket.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
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
        ? Promise.reject(new Error(`No such file: ${path}`))
        : Promise.resolve(text);
    },
  };
}

const UNIX_USER = environmentOf({ USER: "unix" });

Deno.test("resolveConnection() has a default for everything but the user", async () => {
  assertEquals(await resolveConnection(undefined, UNIX_USER), {
    address: { transport: "tcp", hostname: "localhost", port: 5432 },
    user: "unix",
    database: "unix",
    password: undefined,
    requireAuth: new Set(["none", "password", "md5", "scram-sha-256"] as const),
    tls: {
      sslmode: "prefer",
      options: { hostname: "localhost", verify: "none" },
    },
    connectTimeoutMs: 30_000,
    parameters: {
      application_name: "walbrook",
      options: "-c bytea_output=hex -c extra_float_digits=1",
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
    "postgres://u:p%20w@h:1/d?sslmode=verify-full&sslrootcert=system&application_name=a&connect_timeout=7&options=-c%20geqo%3Doff&hostaddr=10.0.0.1&require_auth=md5",
    UNIX_USER,
  );
  assertHas(wanted, {
    address: { transport: "tcp", hostname: "10.0.0.1", port: 1 },
    user: "u",
    database: "d",
    password,
    requireAuth: new Set(["md5"]),
    tls: {
      sslmode: "verify-full",
      options: { hostname: "h", verify: "full" },
    },
    connectTimeoutMs: 7000,
    parameters: {
      application_name: "a",
      options: "-c geqo=off -c bytea_output=hex -c extra_float_digits=1",
    },
  });
  const pairs =
    "user=u password='p w' host=h port=1 dbname=d sslmode=verify-full sslrootcert=system application_name=a connect_timeout=7 options='-c geqo=off' hostaddr=10.0.0.1 require_auth=md5";
  assertEquals(await resolveConnection(pairs, UNIX_USER), wanted);
  const object: Required<ConnectionOptions> = {
    host: "h",
    hostaddr: "10.0.0.1",
    port: 1,
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
  const variables = environmentOf({
    PGHOST: "h",
    PGHOSTADDR: "10.0.0.1",
    PGPORT: "1",
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
  assertEquals(await resolveConnection(undefined, variables), wanted);
  assertEquals(await resolveConnection("", variables), wanted);
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
      address: { transport: "unix", path: "/run/pg/.s.PGSQL.1" },
      tls: undefined,
    },
  },
  {
    connection: "host=/",
    wanted: { address: { transport: "unix", path: "//.s.PGSQL.5432" } },
  },
  {
    connection: "host=/run/pg hostaddr=::1",
    wanted: { address: { transport: "tcp", hostname: "::1", port: 5432 } },
  },
  {
    connection: "postgres://h",
    variables: { PGPORT: "2", PGUSER: "v", PGDATABASE: "" },
    wanted: {
      address: { transport: "tcp", hostname: "h", port: 2 },
      user: "v",
      database: "v",
    },
  },
  // As in libpq, an empty keyword is given, and means the default.
  {
    connection: "host='' port=''",
    variables: { PGHOST: "h", PGPORT: "2" },
    wanted: {
      address: { transport: "tcp", hostname: "localhost", port: 5432 },
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
        options: { hostname: "localhost", verify: "full" },
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
    wanted: { tls: { options: { verify: "none" } } },
  },
  // Keywords that change nothing, with the values that ask for what is so anyway.
  {
    connection:
      "replication=database keepalives=1 keepalives_idle=5 tcp_user_timeout=9 sslsni=1 sslcompression=0 gssencmode=prefer channel_binding=prefer target_session_attrs=any client_encoding=UTF8 sslnegotiation=postgres ssl_min_protocol_version=TLSv1.2 krbsrvname=x",
    wanted: { user: "unix" },
  },
  {
    connection: "",
    variables: { PGTARGETSESSIONATTRS: "any", PGSERVICE: "" },
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
  { connection: "hots=h", problem: /"hots": there is no such keyword/ },
  { connection: "toString=h", problem: /"toString": there is no such keyword/ },
  { connection: { hots: "h" }, problem: /"hots": there is no such option/ },
  {
    connection: { sslMode: "x" },
    problem: /"sslMode": there is no such option/,
  },
  { connection: { user: 5 }, problem: /"user": it is of type number/ },
  { connection: "sslcert=c", problem: /"sslcert": this library does not/ },
  { connection: "sslkey=k", problem: /"sslkey": this library does not/ },
  { connection: "sslcrl=c", problem: /"sslcrl": this library does not/ },
  { connection: "service=s", problem: /"service": this library does not/ },
  { connection: "passfile=f", problem: /"passfile": this library does not/ },
  {
    connection: "requirepeer=p",
    problem: /"requirepeer": this library does not/,
  },
  {
    connection: "target_session_attrs=primary",
    problem: /"target_session_attrs": .* a value other than any/,
  },
  {
    connection: "channel_binding=require",
    problem: /"channel_binding": .* other than disable, prefer/,
  },
  {
    connection: "gssencmode=require",
    problem: /"gssencmode": .* other than disable, prefer/,
  },
  {
    connection: "sslnegotiation=direct",
    problem: /"sslnegotiation": .* other than postgres/,
  },
  {
    connection: "ssl_min_protocol_version=TLSv1.3",
    problem: /"ssl_min_protocol_version"/,
  },
  { connection: "client_encoding=LATIN1", problem: /"client_encoding"/ },
  {
    connection: "",
    variables: { PGSERVICE: "s" },
    problem: /variable PGSERVICE: this library does not support it/,
  },
  {
    connection: "",
    variables: { PGSSLCERT: "c" },
    problem: /variable PGSSLCERT/,
  },
  {
    connection: "",
    variables: { PGCHANNELBINDING: "require" },
    problem: /variable PGCHANNELBINDING/,
  },
  { connection: "host=a,b", problem: /several hosts/ },
  { connection: "postgres://a,b", problem: /several hosts/ },
  { connection: "port=1,2", problem: /several ports/ },
  { connection: "host=@abstract", problem: /abstract/ },
  { connection: "port=0", problem: /from 1 to 65535/ },
  { connection: "port=65536", problem: /from 1 to 65535/ },
  { connection: { port: 1.5 }, problem: /from 1 to 65535/ },
  { connection: { port: NaN }, problem: /from 1 to 65535/ },
  { connection: "connect_timeout=soon", problem: /connect_timeout "soon"/ },
  {
    connection: "connect_timeout=9999999",
    problem: /connect_timeout "9999999"/,
  },
  { connection: { connectTimeoutMs: -1 }, problem: /"connectTimeoutMs": -1/ },
  { connection: { connectTimeoutMs: NaN }, problem: /"connectTimeoutMs": NaN/ },
  { connection: "sslmode=on", problem: /sslmode "on": it is none of disable,/ },
  { connection: "sslmode=''", problem: /sslmode "": it is none of disable,/ },
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
  { connection: "sslrootcert=/none", problem: /\/none: No such file/ },
  { connection: "sslrootcert=/empty", problem: /\/empty .* no certificate/ },
  { connection: "require_auth=peer", problem: /no method "peer"/ },
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
    RangeError,
  );
  assert(!error.message.includes("s3cret"), error.message);
  assert(error.message.includes("%2F"), error.message);
});

Deno.test("resolveConnection() takes certificates as text where files can't be read", async () => {
  const environment: Environment = { get: UNIX_USER.get };
  await assertRejects(
    () => resolveConnection("sslrootcert=/roots", environment),
    TypeError,
    "give the PEM text itself",
  );
});
