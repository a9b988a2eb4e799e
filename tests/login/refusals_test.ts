import { PostgresError, ProtocolError } from "../../src/errors.ts";
import {
  explainRefusal,
  explainSyntaxError,
} from "../../src/login/refusals.ts";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { openSession } from "../../src/session/open_session.ts";
import { dial } from "../../src/socket/deno.ts";
import { isRetryable } from "../../src/retryable.ts";
import {
  authentication,
  commandComplete,
  frame,
  LOGIN_END,
  READY,
} from "../helpers/messages.ts";
import {
  type ScriptedPeer,
  withScriptedServer,
} from "../session/scripted_server.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";

function serverError(code: string, message: string, position?: string) {
  return new PostgresError({
    severity: "FATAL",
    code,
    message,
    ...(position === undefined ? {} : { position }),
  });
}

const REFUSALS: readonly (readonly [string, string, boolean])[] = [
  ["08P01", "unsupported startup parameter: replication", true],
  ["08P01", "unsupported startup parameter in options: bytea_output", true],
  ["0A000", "RDS Proxy does not support replication connections", true],
  ["28000", "no pg_hba.conf entry for replication connection", false],
  ["42501", "must be superuser or replication role to start walsender", false],
  ["08P01", "server login has been failing", false],
];

for (const [code, words, isPooler] of REFUSALS) {
  Deno.test(`explainRefusal() ${isPooler ? "explains" : "leaves"} "${words}"`, () => {
    const error = serverError(code, words);
    const explained = explainRefusal(error, "h:1");
    if (!isPooler) return assertEquals(explained, error);
    assert(explained instanceof ProtocolError);
    assert(explained.message.includes(`"${words}"`), explained.message);
    assert(explained.message.includes("h:1"));
    assertEquals(explained.cause, error);
    // It would be the same the next time.
    assertEquals(isRetryable(explained), false);
  });
}

const COMMANDS: readonly (readonly [string, string | undefined, boolean])[] = [
  ["IDENTIFY_SYSTEM", "1", true],
  ["START_REPLICATION SLOT s LOGICAL 0/0", "1", true],
  ['CREATE_REPLICATION_SLOT "s" LOGICAL pgoutput', "1", true],
  // Servers before 15 do not know it either.
  ["READ_REPLICATION_SLOT s", "1", false],
  ["BASE_BACKUP", "1", true],
  ["BASE_BACKUP LABLE", undefined, false],
  ["START_REPLICATION SLOT s LOGICAL 0/0", undefined, false],
  ["SELEKT 1", "1", false],
];

for (const [command, position, isPooler] of COMMANDS) {
  Deno.test(`explainSyntaxError() ${isPooler ? "explains" : "leaves"} ${command} at ${position}`, () => {
    const error = serverError("42601", "syntax error", position);
    const explained = explainSyntaxError(error, command);
    assertEquals(explained instanceof ProtocolError, isPooler);
    if (!isPooler) assertEquals(explained, error);
    const otherError = serverError("42501", "permission denied", position);
    assertEquals(explainSyntaxError(otherError, command), otherError);
  });
}

async function openAt(port: number) {
  const settings = await resolveConnection(
    { host: "127.0.0.1", port, user: "u", sslmode: "disable" },
    { get: () => undefined },
  );
  return await openSession({
    dial,
    settings,
    replication: "database",
    signal: undefined,
    onNotice: () => {},
  });
}

// What PgBouncer 1.18 sends, byte for byte, but for the file and line.
const PGBOUNCER = frame(
  "E",
  "SFATAL\0C08P01\0Munsupported startup parameter: replication\0\0",
);

Deno.test("openSession() names the pooler that refuses replication", async () => {
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(PGBOUNCER);
    await peer.untilClosed();
  }, async ({ port }) => {
    await assertRejects(
      () => openAt(port),
      ProtocolError,
      `at 127.0.0.1:${port}: PgBouncer, or another pooler,`,
    );
  });
});

Deno.test("Session.query() names the pooler that drops replication, and goes on", async () => {
  const answer = async (peer: ScriptedPeer, ...parts: Uint8Array[]) => {
    await peer.readMessage();
    await peer.send(...parts, READY);
  };
  await withScriptedServer(async (peer) => {
    await peer.readPacket();
    await peer.send(authentication(0), LOGIN_END);
    await answer(
      peer,
      frame("E", "SERROR\0VERROR\0C42601\0Msyntax error\0P1\0\0"),
    );
    await answer(peer, commandComplete("SELECT 0"));
    await peer.untilClosed();
  }, async ({ port }) => {
    const session = await openAt(port);
    await assertRejects(
      () => session.query("IDENTIFY_SYSTEM"),
      ProtocolError,
      "has dropped the parameter replication",
    );
    assertEquals((await session.query("SELECT")).length, 1);
    await session.close();
  });
});
