import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConnectionError, PostgresError } from "@walbrook/walbrook";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { refusesLogins } from "../../src/session/refuses_logins.ts";
import { dial } from "../../src/socket/deno.ts";
import { testOnPostgres } from "../helpers/postgres.ts";
import {
  authentication,
  errorResponse,
  LOGIN_END,
} from "../helpers/messages.ts";
import { type ScriptedPeer, withScriptedServer } from "./scripted_server.ts";

const NEVER = new AbortController().signal;

/** Asks a server that gives this answer; says how often it wanted a password. */
async function ask(answer: (peer: ScriptedPeer) => Promise<void>) {
  let passwords = 0;
  const refused = await withScriptedServer(
    async (peer) => {
      await peer.readPacket();
      await answer(peer);
    },
    async ({ port }) => {
      const settings = await resolveConnection({
        host: "127.0.0.1",
        port,
        user: "app",
        sslmode: "disable",
        password: () => {
          passwords++;
          return Promise.resolve("secret");
        },
      }, { get: () => undefined });
      return await refusesLogins({ dial, settings, signal: NEVER });
    },
  );
  return { refused, passwords };
}

Deno.test("refusesLogins() is told by a server that stops or starts", async () => {
  const { refused } = await ask((peer) => peer.send(errorResponse("57P03")));
  assertEquals(refused, true);
});

Deno.test("refusesLogins() leaves when a server asks for a password, and gives none", async () => {
  for (
    const request of [
      authentication(3),
      authentication(5, Uint8Array.of(1, 2, 3, 4)),
      authentication(10, "SCRAM-SHA-256\0\0"),
      authentication(0),
    ]
  ) {
    const asked = await ask(async (peer) => {
      await peer.send(request, LOGIN_END);
      await peer.untilClosed();
    });
    assertEquals(asked, { refused: false, passwords: 0 });
  }
});

Deno.test("refusesLogins() says that it does not know, where the server refuses for another reason", async () => {
  const error = await assertRejects(
    () => ask((peer) => peer.send(errorResponse("28000"))),
    PostgresError,
  );
  assertEquals(error.code, "28000");
  await assertRejects(() => ask(() => Promise.resolve()), ConnectionError);
});

testOnPostgres(
  "refusesLogins() leaves no trace in the log of a server that runs",
  async ({ server, sql }) => {
    const settings = await resolveConnection(server.url, {
      get: () => undefined,
    });
    const asked = { dial, settings, signal: NEVER };
    const before = await server.log();
    assertEquals(await refusesLogins(asked), false);
    await sql("SELECT 1");
    assertEquals(await server.log(), before);
    await sql.end();
    await server.stop();
    await assertRejects(() => refusesLogins(asked), ConnectionError);
    assert((await server.log()).length > before.length);
  },
  { majors: [14, 18] },
);
