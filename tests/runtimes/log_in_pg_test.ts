import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import type { ConnectionOptions } from "@walbrook/walbrook";
import { type PostgresServer, withServer } from "../helpers/postgres.ts";
import { makeAuthority } from "../login/certificates.ts";
import { LogInCommands } from "./log_in_commands.ts";

const authority = await makeAuthority("Walbrook's tests");
const own = await authority.issue([{ type: "dns", value: "localhost" }]);
const client = await authority.issue([], { commonName: "bearer" });
const other = await authority.issue([], { commonName: "bearer" });
const between = await authority.issueAuthority("In between");
const indirect = await between.issue([], { commonName: "bearer" });
const rsa = await authority.issue([], {
  commonName: "bearer",
  algorithm: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
});
const sslcert = client.certificate;
const encryptedKey = createPrivateKey(client.key).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "s3cret",
}).toString();

// The older forms of a key, which `openssl genrsa` and `openssl ecparam` write.
const sec1Key = createPrivateKey(client.key)
  .export({ type: "sec1", format: "pem" }).toString();
const pkcs1Key = createPrivateKey(rsa.key)
  .export({ type: "pkcs1", format: "pem" }).toString();
const encryptedPkcs1Key = createPrivateKey(rsa.key).export({
  type: "pkcs1",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "s3cret",
}).toString();

/** What to try, and how what came of it begins. */
type Expectations = Readonly<
  Record<string, readonly [ConnectionOptions, string]>
>;

function expectationsAt(
  server: PostgresServer,
  folder: string,
): Expectations {
  const verified: ConnectionOptions = {
    host: "localhost",
    hostaddr: "127.0.0.1",
    port: server.port,
    database: "postgres",
    sslmode: "verify-full",
    sslrootcert: authority.certificate,
  };
  const scram = { ...verified, user: "scram", password: "right" };
  const bearer = { ...verified, user: "bearer" };
  const plain: ConnectionOptions = {
    host: "127.0.0.1",
    port: server.port,
    database: "postgres",
    user: "scram",
    sslmode: "disable",
  };
  return {
    "a verified server": [scram, "TLSv1.3"],
    "a root of a file": [
      { ...scram, sslrootcert: join(folder, "root.crt") },
      "TLSv1.3",
    ],
    "another name": [{ ...scram, host: "other" }, "AuthenticationError"],
    "another name, unverified": [
      { ...scram, host: "other", sslmode: "verify-ca" },
      "TLSv1.3",
    ],
    "the runtime's own list": [
      { ...scram, sslrootcert: "system" },
      "AuthenticationError: Cannot trust the server's certificate",
    ],
    "no check at all": [
      { ...scram, sslmode: "require", sslrootcert: "" },
      "TLSv1.3",
    ],
    "channel binding": [{ ...scram, channelBinding: "require" }, "TLSv1.3"],
    "direct negotiation": [{ ...scram, sslnegotiation: "direct" }, "TLSv1.3"],
    "TLS 1.2": [{ ...scram, sslMaxProtocolVersion: "TLSv1.2" }, "TLSv1.2"],
    "no server name": [{ ...scram, sslsni: false }, "TLSv1.3"],
    "a certificate": [
      { ...bearer, sslcert, sslkey: client.key },
      "TLSv1.3 /CN=bearer",
    ],
    "no certificate": [bearer, "PostgresError: FATAL: connection requires"],
    "a certificate by an authority in between": [
      {
        ...bearer,
        sslcert: `${indirect.certificate}\n${between.certificate}`,
        sslkey: indirect.key,
      },
      "TLSv1.3 /CN=bearer",
    ],
    "a key in the form of SEC 1": [
      { ...bearer, sslcert, sslkey: sec1Key },
      "TLSv1.3 /CN=bearer",
    ],
    "a key in the form of PKCS #1": [
      { ...bearer, sslcert: rsa.certificate, sslkey: pkcs1Key },
      "TLSv1.3 /CN=bearer",
    ],
    "an encrypted key in the form of PKCS #1": [
      {
        ...bearer,
        sslcert: rsa.certificate,
        sslkey: encryptedPkcs1Key,
        sslpassword: "s3cret",
      },
      "TLSv1.3 /CN=bearer",
    ],
    "an encrypted key": [
      { ...bearer, sslcert, sslkey: encryptedKey, sslpassword: "s3cret" },
      "TLSv1.3 /CN=bearer",
    ],
    "an encrypted key and a wrong password": [
      { ...bearer, sslcert, sslkey: encryptedKey, sslpassword: "wrong" },
      "TypeError: Cannot read the key",
    ],
    "an encrypted key without a password": [
      { ...bearer, sslcert, sslkey: encryptedKey },
      "TypeError: Cannot read the key",
    ],
    "another certificate's key": [
      { ...bearer, sslcert, sslkey: other.key },
      "TypeError: Cannot use the client's certificate",
    ],
    "a key that others may read": [
      { ...bearer, sslcert, sslkey: join(folder, "open.key") },
      "TypeError: Cannot use the client's key file",
    ],
    "a password file": [
      { ...plain, passfile: join(folder, "pgpass") },
      "plain",
    ],
    "a password file that others may read": [
      { ...plain, passfile: join(folder, "pgpass_open") },
      "AuthenticationError: Cannot log in",
    ],
    "a service": [
      { service: "shop", servicefile: join(folder, "services") },
      "plain",
    ],
    "the next host": [
      {
        ...plain,
        host: ["127.0.0.1", server.socketDirectory],
        port: [1, server.port],
        password: "right",
        keepalivesIdleMs: 60_000,
      },
      "plain",
    ],
  };
}

async function writeFiles(folder: string, port: number): Promise<void> {
  const write = (name: string, text: string, mode: number) =>
    Deno.writeTextFile(join(folder, name), text, { mode });
  const line = `127.0.0.1:${port}:*:scram:right\n`;
  await write("pgpass", line, 0o600);
  await write("pgpass_open", line, 0o644);
  await write("open.key", client.key, 0o644);
  await write("root.crt", authority.certificate, 0o644);
  await write(
    "services",
    `[shop]\nhost=127.0.0.1\nport=${port}\nuser=scram\npassword=right\ndbname=postgres\nsslmode=disable\n`,
    0o644,
  );
}

async function check(
  programs: LogInCommands,
  command: readonly string[],
  expected: Expectations,
): Promise<void> {
  const attempts = Object.entries(expected)
    .map(([name, [options]]) => [name, options]);
  const outcomes = await programs.run(command, Object.fromEntries(attempts));
  for (const [name, [, wanted]] of Object.entries(expected)) {
    const outcome = outcomes[name] ?? "nothing";
    assertEquals(
      outcome.slice(0, wanted.length),
      wanted,
      `${name}: ${outcome}`,
    );
  }
}

Deno.test("connect() takes the same settings to the same end in each runtime", {
  ignore: Deno.build.os === "windows", // no server can be started there
}, async (t) => {
  await withServer({
    major: 18,
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
    hba: [
      "host all scram 127.0.0.1/32 scram-sha-256",
      "hostssl all bearer 127.0.0.1/32 cert",
      "hostnossl all bearer 127.0.0.1/32 reject",
    ],
  }, async (server, sql) => {
    await sql(
      "CREATE ROLE scram LOGIN REPLICATION PASSWORD 'right'; CREATE ROLE bearer LOGIN REPLICATION",
    );
    const folder = await Deno.makeTempDir();
    try {
      await writeFiles(folder, server.port);
      const expected = expectationsAt(server, folder);
      await using programs = await LogInCommands.create();
      for (const [runtime, command] of await programs.commands()) {
        await t.step(runtime, async () => {
          await check(programs, command, expected);
        });
      }
      // What needs no file needs no permission but for the address.
      const files = [folder, server.socketDirectory];
      const withoutFiles = Object.fromEntries(
        Object.entries(expected).filter(([, [options]]) =>
          !files.some((file) => JSON.stringify(options).includes(file))
        ),
      );
      await t.step("Deno, with the permission for one address", async () => {
        const command = programs.denoWith([`127.0.0.1:${server.port}`]);
        await check(programs, command, withoutFiles);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
