import { assert, assertEquals } from "@std/assert";
import { connect } from "@walbrook/walbrook";
import { type PostgresServer, withServer } from "../helpers/postgres.ts";
import { makeAuthority } from "../session/certificates.ts";

const PROGRAM = new URL("./tail.ts", import.meta.url).pathname;
const ROWS = 200;
const LENGTH = 50_000;

// What comes beside Deno, from npm by npm's own tool.
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "Node 24": ["npx", "--yes", "--package=node@24", "--", "node", PROGRAM],
  "Bun": ["npx", "--yes", "--package=bun@1.4.5", "--", "bun", PROGRAM],
  "Deno": [Deno.execPath(), "run", "-A", PROGRAM],
};

async function has(command: string): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: ["--version"], stdout: "null" })
      .output();
    return true;
  } catch {
    return false;
  }
}

async function run(command: readonly string[]): Promise<string> {
  const [program = "", ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

// The way there, in the words of a connection string.
function waysTo(server: PostgresServer, root: string): [string, string][] {
  const { host, port, socketDirectory } = server;
  const at = `port=${port} user=postgres dbname=postgres`;
  return [
    ["TCP", `host=${host} ${at} sslmode=disable`],
    ["TLS", `host=${host} ${at} sslmode=verify-full sslrootcert='${root}'`],
    ["a unix-domain socket", `host='${socketDirectory}' ${at}`],
  ];
}

const hasNpx = await has("npx");

for (const [runtime, command] of Object.entries(RUNTIMES)) {
  Deno.test({
    name: `subscribe() follows a server from ${runtime}`,
    ignore: command[0] === "npx" && !hasNpx,
    fn: async (t) => {
      const authority = await makeAuthority("Runtimes");
      const { certificate, key } = await authority.issue([
        { type: "ip", value: "127.0.0.1" },
      ]);
      await withServer({
        settings: {
          ssl: "on",
          ssl_cert_file: "server.crt",
          ssl_key_file: "server.key",
        },
        files: { "server.crt": certificate, "server.key": key },
      }, async (server) => {
        const root = await Deno.makeTempFile();
        await Deno.writeTextFile(root, authority.certificate);
        try {
          for (const [way, connection] of waysTo(server, root)) {
            await t.step(
              `over ${way}`,
              () => follow(server, connection, command),
            );
          }
        } finally {
          await Deno.remove(root);
        }
      });
    },
  });
}

async function follow(
  server: PostgresServer,
  connection: string,
  command: readonly string[],
): Promise<void> {
  await using session = await connect(server.url);
  await session.query(
    "DROP TABLE IF EXISTS page; DROP PUBLICATION IF EXISTS pages; " +
      "CREATE TABLE page (id int PRIMARY KEY, body text); " +
      "CREATE PUBLICATION pages FOR TABLE page",
  );
  await session.createReplicationSlot("runtime", { kind: "logical" });
  await session.query(
    `INSERT INTO page SELECT g, repeat('x', ${LENGTH}) FROM generate_series(1, ${ROWS}) g; ` +
      "TRUNCATE page",
  );
  const shown = await run([...command, connection, "runtime", "pages"]);
  const inserts = Array.from({ length: ROWS }, () => "insert");
  const kinds = ["begin", "relation", ...inserts, "truncate", "commit"];
  assertEquals(JSON.parse(shown), { kinds, characters: ROWS * LENGTH });
  // Everything was confirmed, so nothing comes a second time.
  const again = await run([...command, connection, "runtime", "pages"]);
  assertEquals(JSON.parse(again), { kinds: [], characters: 0 });
  await session.dropReplicationSlot("runtime", { wait: true });
}
