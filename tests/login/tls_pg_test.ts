import { createPrivateKey, X509Certificate } from "node:crypto";
import { PostgresError } from "../../src/errors.ts";
import type { ConnectionOptions } from "../../src/connection/connection_options.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { logIn } from "../../src/login/log_in.ts";
import { sendCancelRequest } from "../../src/session/cancel_request.ts";
import { dial as denoDial } from "../../src/socket/deno.ts";
import { dial as nodeDial } from "../../src/socket/node.ts";
import { connect } from "@walbrook/walbrook/replication";
import { type PostgresServer, testOnPostgres } from "../helpers/postgres.ts";
import { makeAuthority, type SigningAlgorithm } from "./certificates.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";

const NO_VARIABLES = { get: () => undefined };
const DIALS = { deno: denoDial, node: nodeDial };

const authority = await makeAuthority("Walbrook's tests");
const own = await authority.issue([{ type: "dns", value: "localhost" }]);
const client = await authority.issue([], { commonName: "bearer" });
const stranger = await makeAuthority("Somebody else");
const strange = await stranger.issue([], { commonName: "bearer" });
const other = await authority.issue([], { commonName: "bearer" });

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

const HBA = [
  "hostssl all bearer 127.0.0.1/32 cert",
  "hostnossl all bearer 127.0.0.1/32 trust",
  "host all scram 127.0.0.1/32 scram-sha-256",
];

// What the server knows of the session, or the name or code of the error.
async function outcomeOf(
  server: PostgresServer,
  options: ConnectionOptions,
): Promise<string> {
  try {
    await using connection = await connect({
      host: "localhost",
      hostaddr: "127.0.0.1",
      port: server.port,
      database: "postgres",
      sslmode: "verify-full",
      sslrootcert: authority.certificate,
      ...options,
    }, { environment: NO_VARIABLES });
    const [result] = await connection.query(
      "SELECT concat_ws(' ', version, client_dn) FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    );
    return result?.rows[0]?.[0] ?? "nothing";
  } catch (error) {
    if (error instanceof PostgresError) return error.code;
    assert(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
}

function encrypted(key: string, passphrase: string): string {
  const cipher = "aes-256-cbc";
  return createPrivateKey(key).export({
    type: "pkcs8",
    format: "pem",
    cipher,
    passphrase,
  }).toString();
}

testOnPostgres(
  "connect() shows a client's certificate, or says why it can't",
  async ({ server, sql }) => {
    await sql("CREATE ROLE bearer LOGIN REPLICATION");
    const outcome = (options: ConnectionOptions) =>
      outcomeOf(server, { user: "bearer", ...options });
    const sslcert = client.certificate;
    assertEquals(
      await outcome({ sslcert, sslkey: client.key }),
      "TLSv1.3 /CN=bearer",
    );
    assertEquals(await outcome({}), "28000");
    const sslkey = encrypted(client.key, "s3cret");
    assertEquals(
      await outcome({ sslcert, sslkey, sslpassword: "s3cret" }),
      "TLSv1.3 /CN=bearer",
    );
    for (const sslpassword of ["wrong", undefined]) {
      // Not even prefer goes on without TLS.
      for (const sslmode of ["prefer", "verify-full"] as const) {
        const text = await outcome({
          sslmode,
          sslcert,
          sslkey,
          ...(sslpassword === undefined ? {} : { sslpassword }),
        });
        assert(text.startsWith("TypeError"), text);
        assert(text.includes("give the right sslpassword"), text);
        assert(!text.includes("s3cret"), text);
      }
    }
    const mismatch = await outcome({ sslcert, sslkey: other.key });
    assert(mismatch.includes("belongs to another one"), mismatch);
    const refused = await outcome({
      sslcert: strange.certificate,
      sslkey: strange.key,
    });
    assert(refused.startsWith("ConnectionError"), refused);
    assert(
      refused.includes("may not accept the client's certificate"),
      refused,
    );
    const garbage =
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    const broken = await outcome({ sslcert: garbage, sslkey: client.key });
    assert(broken.includes("Cannot read the client's certificate"), broken);
  },
  { ...TLS, hba: HBA, majors: [18] },
);

testOnPostgres(
  "connect() starts TLS at once with sslnegotiation=direct, from 17 on",
  async ({ server }) => {
    const text = await outcomeOf(server, {
      user: server.superuser,
      sslnegotiation: "direct",
    });
    if (server.major >= 17) return assertEquals(text, "TLSv1.3");
    assert(text.startsWith("ConnectionError"), text);
    assert(text.includes("needs PostgreSQL 17 or later"), text);
  },
  { ...TLS, majors: [16, 17, 18] },
);

testOnPostgres(
  "connect() speaks the versions of TLS that it may",
  async ({ server, sql }) => {
    const user = server.superuser;
    assertEquals(
      await outcomeOf(server, { user, sslMaxProtocolVersion: "TLSv1.2" }),
      "TLSv1.2",
    );
    await sql("ALTER SYSTEM SET ssl_max_protocol_version = 'TLSv1.2'");
    await sql("SELECT pg_reload_conf()");
    while (await outcomeOf(server, { user }) !== "TLSv1.2");
    const text = await outcomeOf(server, {
      user,
      sslMinProtocolVersion: "TLSv1.3",
    });
    assert(text.startsWith("ConnectionError: Cannot start TLS"), text);
  },
  { ...TLS, majors: [18] },
);

const SIGNED: readonly SigningAlgorithm[] = [
  { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-512",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
  {
    name: "RSA-PSS",
    hash: "SHA-256",
    saltLength: 32,
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
];

for (const algorithm of SIGNED) {
  const signer = await makeAuthority("Signer", { algorithm });
  const signed = await signer.issue([{ type: "dns", value: "localhost" }]);
  testOnPostgres(
    `logIn() binds SCRAM to a certificate signed with ${algorithm.name}, ${algorithm.hash}`,
    async ({ server, sql }) => {
      await sql("CREATE ROLE scram LOGIN PASSWORD 'right'");
      for (const [runtime, dial] of Object.entries(DIALS)) {
        for (const password of ["right", "wrong"]) {
          const settings = await resolveConnection({
            host: "127.0.0.1",
            port: server.port,
            user: "scram",
            database: "postgres",
            password,
            sslmode: "require",
            channelBinding: "require",
          }, NO_VARIABLES);
          const attempt = () =>
            logIn(dial, settings, { replication: undefined });
          if (password === "wrong") {
            await assertRejects(attempt, PostgresError, "28P01", runtime);
            continue;
          }
          const session = await attempt();
          await sendCancelRequest(dial, settings, session);
          await session.channel.close();
        }
      }
    },
    {
      ...TLS,
      files: {
        ...TLS.files,
        "server.crt": signed.certificate,
        "server.key": signed.key,
      },
      hba: HBA,
      majors: [18],
    },
  );
}

async function nameOfUser(): Promise<string> {
  const { stdout } = await new Deno.Command("id", { args: ["-un"] }).output();
  return new TextDecoder().decode(stdout).trim();
}

testOnPostgres(
  "logIn() is known to the server by the operating system's user (peer)",
  async ({ server, sql }) => {
    const user = await nameOfUser();
    await sql(`CREATE ROLE "${user}" LOGIN; CREATE ROLE not_me LOGIN`);
    const outcome = async (role: string) => {
      const settings = await resolveConnection({
        host: server.socketDirectory,
        port: server.port,
        user: role,
        database: "postgres",
        sslmode: "verify-full",
      }, NO_VARIABLES);
      try {
        const options = { replication: undefined } as const;
        const { channel } = await logIn(denoDial, settings, options);
        await channel.close();
        return "in";
      } catch (error) {
        return error instanceof PostgresError ? error.code : error;
      }
    };
    assertEquals(await outcome(user), "in");
    assertEquals(await outcome("not_me"), "28000");
  },
  { hba: ["local all postgres trust", "local all all peer"], majors: [18] },
);

Deno.test("the certificates of these tests are what they are taken for", () => {
  const certificate = new X509Certificate(client.certificate);
  assertEquals(certificate.subject, "CN=bearer");
  assert(certificate.checkPrivateKey(createPrivateKey(client.key)));
});
