import { createPrivateKey } from "node:crypto";
import { join } from "node:path";
import { assert, assertEquals } from "@std/assert";
import type { ConnectionOptions } from "@walbrook/walbrook";
import { type PostgresServer, withServer } from "../helpers/postgres.ts";
import { makeAuthority } from "../session/certificates.ts";

const PROGRAM = new URL("./log_in.ts", import.meta.url).pathname;

// Those that run the sources as they are; all but Deno come from npm by npm's own tool.
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "Node 24": ["npx", "--yes", "--package=node@24", "--", "node", PROGRAM],
  "Bun": ["npx", "--yes", "--package=bun@1.4.5", "--", "bun", PROGRAM],
  "Deno": [Deno.execPath(), "run", "-A", PROGRAM],
};

const authority = await makeAuthority("Walbrook's tests");
const own = await authority.issue([{ type: "dns", value: "localhost" }]);
const client = await authority.issue([], { commonName: "bearer" });
const other = await authority.issue([], { commonName: "bearer" });
const sslcert = client.certificate;
const encryptedKey = createPrivateKey(client.key).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "s3cret",
}).toString();

/** What to try, and how what came of it begins. */
type Attempts = Readonly<Record<string, readonly [ConnectionOptions, string]>>;

function attemptsAt(server: PostgresServer, folder: string): Attempts {
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
      "TypeError: Cannot use client key",
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

async function has(command: string): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: ["--version"], stdout: "null" })
      .output();
    return true;
  } catch {
    return false;
  }
}

async function run(
  command: readonly string[],
  attempts: Attempts,
  folder: string,
): Promise<Record<string, string>> {
  const file = join(folder, "attempts.json");
  const options = Object.entries(attempts).map(([name, [one]]) => [name, one]);
  await Deno.writeTextFile(file, JSON.stringify(Object.fromEntries(options)));
  const [program = "", ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args, file],
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}

const hasNpx = await has("npx");

Deno.test("connect() takes the same settings to the same end in each runtime", async (t) => {
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
      const attempts = attemptsAt(server, folder);
      for (const [runtime, command] of Object.entries(RUNTIMES)) {
        await t.step({
          name: runtime,
          ignore: command[0] === "npx" && !hasNpx,
          fn: async () => {
            const outcomes = await run(command, attempts, folder);
            for (const [name, [, wanted]] of Object.entries(attempts)) {
              const outcome = outcomes[name] ?? "nothing";
              assertEquals(
                outcome.slice(0, wanted.length),
                wanted,
                `${name}: ${outcome}`,
              );
            }
          },
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
