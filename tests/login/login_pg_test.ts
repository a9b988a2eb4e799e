import { PostgresError } from "../../src/errors.ts";
import * as SQLSTATE from "../../src/sqlstate.ts";
import type { ConnectionOptions } from "../../src/connection/connection_options.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { type LoggedIn, logIn } from "../../src/login/log_in.ts";
import { sendCancelRequest } from "../../src/session/cancel_request.ts";
import { dial } from "../../src/socket/deno.ts";
import { encodeQuery } from "../../src/wire/frontend_message.ts";
import {
  type PostgresServer,
  type ServerContext,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { makeAuthority } from "./certificates.ts";
import { assert, assertEquals } from "@std/assert";

const NO_VARIABLES = { get: () => undefined };

interface Login extends ConnectionOptions {
  readonly replication?: "database" | "true";
}

async function logInTo(
  server: PostgresServer,
  { replication, ...connection }: Login,
): Promise<LoggedIn> {
  const settings = await resolveConnection({
    host: server.host,
    port: server.port,
    user: server.superuser,
    database: "postgres",
    ...connection,
  }, NO_VARIABLES);
  return await logIn(dial, settings, { replication });
}

// What comes of a login: the kind of link, or the name or code of the error.
async function outcomeOf(server: PostgresServer, login: Login) {
  try {
    const { channel, encrypted } = await logInTo(server, login);
    await channel.close();
    return encrypted ? "tls" : "plain";
  } catch (error) {
    assert(error instanceof Error);
    return error instanceof PostgresError ? error.code : error.name;
  }
}

// One line of a query's first column, over the channel itself.
async function query({ channel }: LoggedIn, sql: string): Promise<string[]> {
  await channel.write(encodeQuery(sql));
  const values: string[] = [];
  for (;;) {
    const message = await channel.nextMessage();
    if (message.kind === "DataRow") {
      values.push(
        ...message.values.map((value) =>
          value === null ? "NULL" : new TextDecoder().decode(value)
        ),
      );
    } else if (message.kind === "ErrorResponse") {
      throw new PostgresError(message.fields);
    } else if (message.kind === "ReadyForQuery") {
      return values;
    }
  }
}

testOnPostgres("logIn() starts each kind of session", async ({ server }) => {
  for (const replication of [undefined, "database", "true"] as const) {
    const session = await logInTo(server, {
      ...(replication === undefined ? {} : { replication }),
    });
    assert(session.processId > 0);
    assertEquals(session.secretKey.length, 4);
    assertEquals(session.parameters.get("application_name"), "walbrook");
    assert(
      session.parameters.get("server_version")?.startsWith(`${server.major}.`),
    );
    if (replication !== undefined) {
      const [systemId] = await query(session, "IDENTIFY_SYSTEM");
      assert(/^\d+$/.test(systemId ?? ""));
    }
    await session.channel.close();
  }
});

testOnPostgres(
  "logIn() bounds messages only until it is over",
  async ({ server }) => {
    const session = await logInTo(server, {});
    const [text] = await query(session, "SELECT repeat('x', 3000000)");
    assertEquals(text?.length, 3_000_000);
    await session.channel.close();
  },
  { majors: [18] },
);

testOnPostgres(
  "logIn() goes through a unix-domain socket, unencrypted",
  async ({ server }) => {
    const host = server.socketDirectory;
    for (const sslmode of ["prefer", "require", "verify-full"] as const) {
      assertEquals(await outcomeOf(server, { host, sslmode }), "plain");
    }
  },
);

const PASSWORDS: readonly (readonly [string, string, string])[] = [
  ["cleartext", "password", "scram-sha-256"],
  ["md5", "md5", "md5"],
  ["scram", "scram-sha-256", "scram-sha-256"],
  // A line that says md5 runs SCRAM where SCRAM's verifier is stored.
  ["upgraded", "md5", "scram-sha-256"],
];

testOnPostgres(
  "logIn() shows a password by each method",
  async ({ server, sql }) => {
    for (const [user, , encryption] of PASSWORDS) {
      await sql(
        `SET password_encryption = '${encryption}'; CREATE ROLE ${user} LOGIN REPLICATION PASSWORD 'pw é'`,
      );
    }
    await sql(
      "SET password_encryption = md5; CREATE ROLE outdated LOGIN PASSWORD 'pw'",
    );
    const outcomes = async (user: string, password?: string) =>
      await outcomeOf(server, {
        user,
        replication: "database",
        ...(password === undefined ? {} : { password }),
      });
    for (const [user] of PASSWORDS) {
      assertEquals(await outcomes(user, "pw é"), "plain", user);
      assertEquals(
        await outcomes(user, "pw e"),
        SQLSTATE.INVALID_PASSWORD,
        user,
      );
      assertEquals(await outcomes(user), "AuthenticationError", user);
    }
    assertEquals(await outcomes("outdated", "pw"), SQLSTATE.INVALID_PASSWORD);
    assertEquals(await outcomes("nobody", "pw"), SQLSTATE.INVALID_PASSWORD);
    assertEquals(
      await outcomes("refused", "pw"),
      SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION,
    );
    assertEquals(
      await outcomeOf(server, { database: "nowhere" }),
      SQLSTATE.INVALID_CATALOG_NAME,
    );
    assertEquals(
      await outcomeOf(server, { options: "-c no_such_setting=1" }),
      SQLSTATE.UNDEFINED_OBJECT,
    );
  },
  {
    hba: [
      ...PASSWORDS.map(([user, method]) =>
        `host all ${user} 127.0.0.1/32 ${method}`
      ),
      "host all outdated 127.0.0.1/32 scram-sha-256",
      "host all nobody 127.0.0.1/32 scram-sha-256",
      "host all refused 127.0.0.1/32 reject",
    ],
  },
);

// The server prepares what CREATE ROLE says, so each pair is one password to it.
const SPELLINGS: readonly (readonly [string, string])[] = [
  ["p\ufb01\u00a0x\u00ady", "pfi xy"],
  ["e\u0301\u2168", "\u00e9IX"],
  ["e\u0301\u{1f600}", "e\u0301\u{1f600}"],
  ["\u05d0\u00aa\u05d1", "\u05d0\u00aa\u05d1"],
  ["\u05d0\uff11\u05d1", "\u05d01\u05d1"],
  ["\u200be\u0301", " \u00e9"],
];

testOnPostgres(
  "logIn() prepares a password as the server does",
  async ({ server, sql }) => {
    for (const [at, [stored, equal]] of SPELLINGS.entries()) {
      await sql(`CREATE ROLE scram_${at} LOGIN PASSWORD '${stored}'`);
      for (const password of [stored, equal]) {
        const login = { user: `scram_${at}`, password };
        assertEquals(await outcomeOf(server, login), "plain", `${at}`);
      }
    }
    // What SASLprep forbids is taken as it is, and so differs from its normal form.
    const login = { user: "scram_2", password: "\u00e9\u{1f600}" };
    assertEquals(await outcomeOf(server, login), SQLSTATE.INVALID_PASSWORD);
  },
  {
    majors: [14, 18],
    hba: SPELLINGS.map((_, at) =>
      `host all scram_${at} 127.0.0.1/32 scram-sha-256`
    ),
  },
);

testOnPostgres(
  "logIn() pins the session against the role and the user's options",
  async ({ server, sql }) => {
    await sql(`
    CREATE ROLE odd LOGIN REPLICATION;
    ALTER ROLE odd SET "DateStyle" = 'German';
    ALTER ROLE odd SET "IntervalStyle" = 'iso_8601';
    ALTER ROLE odd SET "TimeZone" = 'Asia/Kathmandu';
    ALTER ROLE odd SET client_encoding = 'LATIN1';
    ALTER ROLE odd SET bytea_output = 'escape';
    ALTER ROLE odd SET extra_float_digits = -5`);
    const session = await logInTo(server, {
      user: "odd",
      replication: "database",
      options:
        "-c bytea_output=escape -c TimeZone=Asia/Tokyo -c application_name=x -c geqo=off -c search_path=x\\",
    });
    const text = await query(
      session,
      `SELECT '2024-02-03 04:05:06+00'::timestamptz, '1 day 2 hours'::interval, '\\x00ff'::bytea, 0.1::float8 + 0.2::float8, 'é', current_setting('application_name'), current_setting('geqo')`,
    );
    assertEquals(text, [
      "2024-02-03 04:05:06+00",
      "1 day 02:00:00",
      "\\x00ff",
      "0.30000000000000004",
      "é",
      "walbrook",
      "off",
    ]);
    await session.channel.close();
  },
);

testOnPostgres(
  "sendCancelRequest() cancels what the session runs",
  async ({ server, sql }) => {
    for (const host of [server.host, server.socketDirectory]) {
      const settings = await resolveConnection(
        { host, port: server.port, user: server.superuser },
        NO_VARIABLES,
      );
      const session = await logIn(dial, settings, { replication: "database" });
      const running = query(session, "SELECT pg_sleep(60)").then(
        () => "done",
        (error) => error.code,
      );
      await untilActive(sql, session.processId);
      await sendCancelRequest(dial, settings, session);
      assertEquals(await running, SQLSTATE.QUERY_CANCELED);
      await session.channel.close();
    }
  },
);

async function untilActive(
  sql: ServerContext["sql"],
  processId: number,
): Promise<void> {
  for (;;) {
    const rows = await sql(
      `SELECT 1 FROM pg_stat_activity WHERE pid = ${processId} AND wait_event = 'PgSleep'`,
    );
    if (rows.length > 0) return;
  }
}

const authority = await makeAuthority("Walbrook's tests");
const stranger = await makeAuthority("Somebody else");
const forName = await authority.issue([{ type: "dns", value: "localhost" }]);
const forAddress = await authority.issue([{ type: "ip", value: "127.0.0.1" }]);

const TLS = {
  settings: {
    ssl: "on",
    ssl_cert_file: "server.crt",
    ssl_key_file: "server.key",
  },
  files: { "server.crt": forName.certificate, "server.key": forName.key },
};

const GOOD = authority.certificate;
const BAD = stranger.certificate;
const REFUSED = "AuthenticationError";

// What libpq 15 makes of the same settings. Neither a root nor a file in the home
// directory: a TypeError of resolveConnection().
const TLS_OUTCOMES: readonly {
  readonly sslmode: NonNullable<ConnectionOptions["sslmode"]>;
  readonly none: string;
  readonly good: string;
  readonly bad: string;
}[] = [
  { sslmode: "disable", none: "plain", good: "plain", bad: "plain" },
  { sslmode: "allow", none: "plain", good: "plain", bad: "plain" },
  { sslmode: "prefer", none: "tls", good: "tls", bad: "plain" },
  { sslmode: "require", none: "tls", good: "tls", bad: REFUSED },
  { sslmode: "verify-ca", none: "TypeError", good: "tls", bad: REFUSED },
  { sslmode: "verify-full", none: "TypeError", good: "tls", bad: REFUSED },
];

testOnPostgres("logIn() encrypts as sslmode says", async ({ server, sql }) => {
  for (const { sslmode, none, good, bad } of TLS_OUTCOMES) {
    const login = { host: "localhost", sslmode };
    const at = (sslrootcert: string) =>
      outcomeOf(server, { ...login, sslrootcert });
    assertEquals(await outcomeOf(server, login), none, sslmode);
    assertEquals(await at(GOOD), good, sslmode);
    assertEquals(await at(BAD), bad, sslmode);
    assertEquals(await at(`${BAD}\n${GOOD}`), good, sslmode);
  }
  const session = await logInTo(server, { sslmode: "require" });
  assertEquals(
    await sql(`SELECT ssl FROM pg_stat_ssl WHERE pid = ${session.processId}`),
    [{ ssl: "t" }],
  );
  await session.channel.close();
}, TLS);

testOnPostgres(
  "logIn() compares the certificate's name with the host only in verify-full",
  async ({ server }) => {
    const login = { host: "127.0.0.1", sslrootcert: GOOD };
    const outcome = (sslmode: "verify-ca" | "verify-full") =>
      outcomeOf(server, { ...login, sslmode });
    assertEquals(await outcome("verify-ca"), "tls");
    assertEquals(await outcome("verify-full"), REFUSED);
    assertEquals(
      await outcomeOf(server, {
        ...login,
        sslmode: "verify-full",
        host: "localhost",
        hostaddr: "127.0.0.1",
      }),
      "tls",
    );
    // Nobody on the runtime's own list vouches for it.
    assertEquals(
      await outcomeOf(server, { host: "localhost", sslrootcert: "system" }),
      REFUSED,
    );
  },
  TLS,
);

testOnPostgres(
  "logIn() finds an IP address among a certificate's names",
  async ({ server }) => {
    const login = { sslmode: "verify-full", sslrootcert: GOOD } as const;
    const outcome = (host: string) => outcomeOf(server, { ...login, host });
    assertEquals(await outcome("127.0.0.1"), "tls");
    assertEquals(await outcome("localhost"), REFUSED);
  },
  {
    ...TLS,
    majors: [14, 18],
    files: {
      "server.crt": forAddress.certificate,
      "server.key": forAddress.key,
    },
  },
);

testOnPostgres(
  "logIn() ends where the server has no TLS and sslmode needs it",
  async ({ server }) => {
    const outcome = (sslmode: "prefer" | "require") =>
      outcomeOf(server, { sslmode });
    assertEquals(await outcome("prefer"), "plain");
    assertEquals(await outcome("require"), REFUSED);
  },
);

testOnPostgres(
  "logIn() follows pg_hba.conf to the link that it wants",
  async ({ server, sql }) => {
    await sql("CREATE ROLE tls_only LOGIN; CREATE ROLE plain_only LOGIN");
    await sql("CREATE ROLE nowhere LOGIN");
    const forbidden = SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION;
    const wanted = [
      ["tls_only", "disable", forbidden],
      ["tls_only", "allow", "tls"],
      ["tls_only", "prefer", "tls"],
      ["tls_only", "require", "tls"],
      ["plain_only", "disable", "plain"],
      ["plain_only", "allow", "plain"],
      ["plain_only", "prefer", "plain"],
      ["plain_only", "require", forbidden],
      ["nowhere", "allow", forbidden],
      ["nowhere", "prefer", forbidden],
    ] as const;
    for (const [user, sslmode, outcome] of wanted) {
      const login = { user, sslmode };
      assertEquals(
        await outcomeOf(server, login),
        outcome,
        `${user} ${sslmode}`,
      );
    }
  },
  {
    ...TLS,
    hba: [
      "hostnossl all tls_only 127.0.0.1/32 reject",
      "hostssl all plain_only 127.0.0.1/32 reject",
      "host all nowhere 127.0.0.1/32 reject",
    ],
  },
);

testOnPostgres(
  "logIn() does not repeat in clear a password that was refused over TLS",
  async ({ server, sql }) => {
    await sql("CREATE ROLE scram LOGIN PASSWORD 'right'");
    const login = {
      user: "scram",
      sslmode: "prefer",
      password: "wrong",
    } as const;
    assertEquals(await outcomeOf(server, login), SQLSTATE.INVALID_PASSWORD);
    const failures = (await server.log()).match(
      /password authentication failed/g,
    );
    assertEquals(failures?.length, 1);
    assertEquals(
      await outcomeOf(server, { ...login, password: "right" }),
      "tls",
    );
  },
  { ...TLS, hba: ["host all scram 127.0.0.1/32 scram-sha-256"] },
);
