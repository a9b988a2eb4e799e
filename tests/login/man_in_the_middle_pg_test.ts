import { PostgresError } from "../../src/errors.ts";
import type { ChannelBinding } from "../../src/connection/connection_options.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { logIn } from "../../src/login/log_in.ts";
import { requestTls, startTls } from "../../src/login/tls.ts";
import { dial } from "../../src/socket/deno.ts";
import { closeOnce } from "../../src/socket/deno_connection.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { type PostgresServer, testOnPostgres } from "../helpers/postgres.ts";
import { makeAuthority } from "./certificates.ts";
import { authentication } from "../helpers/messages.ts";
import { assert, assertEquals } from "@std/assert";

const authority = await makeAuthority("Walbrook's tests");
const own = await authority.issue([{ type: "dns", value: "localhost" }]);
const forged = await authority.issue([{ type: "dns", value: "localhost" }]);

/** What the one in the middle does besides passing everything on. */
type Tampering = "none" | "strike binding out";

// Takes one login with a certificate of its own, and passes it on to the server.
async function withManInTheMiddle<T>(
  server: PostgresServer,
  tampering: Tampering,
  run: (port: number) => Promise<T>,
): Promise<T> {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: forged.certificate,
    key: forged.key,
    alpnProtocols: ["postgresql"],
  });
  const meeting = (async () => {
    const client = await listener.accept();
    const upstream = await openUpstream(server);
    const towards = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) =>
        controller.enqueue(
          tampering === "none" ? chunk : strikeOut(chunk),
        ),
    });
    const relaying = Promise.allSettled([
      client.readable.pipeTo(upstream.writable),
      upstream.readable.pipeThrough(towards).pipeTo(client.writable),
    ]);
    return { client, upstream, relaying };
  })();
  try {
    return await run(listener.addr.port);
  } finally {
    const { client, upstream, relaying } = await meeting;
    await upstream.close();
    closeOnce(client);
    await relaying;
    listener.close();
  }
}

async function openUpstream(server: PostgresServer): Promise<Socket> {
  const socket = await dial({
    transport: "tcp",
    hostname: server.host,
    port: server.port,
  });
  assert(await requestTls(socket));
  return await startTls(socket, { hostname: "localhost", verify: "none" });
}

// The server's offer comes in a chunk of its own.
function strikeOut(chunk: Uint8Array): Uint8Array {
  const both = authentication(10, "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
  const isOffer = chunk.length === both.length &&
    chunk.every((byte, i) => byte === both[i]);
  return isOffer ? authentication(10, "SCRAM-SHA-256\0\0") : chunk;
}

const CASES: readonly (readonly [ChannelBinding, Tampering, string])[] = [
  // Without binding nobody notices, since the certificate is not checked.
  ["disable", "none", "in"],
  ["prefer", "none", "28000"],
  ["require", "none", "28000"],
  ["disable", "strike binding out", "in"],
  ["prefer", "strike binding out", "28000"],
  ["require", "strike binding out", "AuthenticationError"],
];

testOnPostgres(
  "logIn() with channel binding is not passed on by a man in the middle",
  async ({ server, sql }) => {
    await sql("CREATE ROLE scram LOGIN PASSWORD 'right'");
    for (const [channelBinding, tampering, wanted] of CASES) {
      const outcome = await withManInTheMiddle(
        server,
        tampering,
        async (port) => {
          const settings = await resolveConnection({
            host: "127.0.0.1",
            port,
            user: "scram",
            database: "postgres",
            password: "right",
            sslmode: "require",
            sslnegotiation: "direct",
            channelBinding,
          }, { get: () => undefined });
          try {
            const options = { replication: undefined } as const;
            const { channel } = await logIn(dial, settings, options);
            await channel.close();
            return "in";
          } catch (error) {
            if (error instanceof PostgresError) return error.code;
            return error instanceof Error ? error.name : error;
          }
        },
      );
      assertEquals(outcome, wanted, `${channelBinding}, ${tampering}`);
    }
  },
  {
    settings: {
      ssl: "on",
      ssl_cert_file: "server.crt",
      ssl_key_file: "server.key",
    },
    files: { "server.crt": own.certificate, "server.key": own.key },
    hba: ["host all scram 127.0.0.1/32 scram-sha-256"],
    majors: [14, 18],
  },
);
