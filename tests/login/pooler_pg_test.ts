import { ProtocolError, subscribe } from "@walbrook/walbrook";
import { connect } from "@walbrook/walbrook/replication";
import { sharedServer } from "../helpers/postgres.ts";
import { findPgBouncer, startPgBouncer } from "./pgbouncer.ts";
import { assertEquals, assertRejects } from "@std/assert";

const context = sharedServer();
const installed = await findPgBouncer();
if (installed === null) {
  console.log("PgBouncer is not installed: what it answers is only played");
}
// From 1.23 on it lets replication connections through.
const refuses = installed !== null && installed < 123;
const lets = installed !== null && !refuses;

const OURS =
  "replication, options, IntervalStyle, extra_float_digits, bytea_output";

async function subscribeTo(url: string): Promise<void> {
  const { server, sql } = context;
  await sql(
    "DROP PUBLICATION IF EXISTS pooled; CREATE PUBLICATION pooled FOR ALL TABLES",
  );
  const subscription = await subscribe({
    connection: url.replace(/\/postgres$/, `/${server.superuser}`),
    slot: { name: "pooled", create: true, temporary: true },
    publication: "pooled",
    until: "now",
  });
  await subscription.close();
}

for (const poolMode of ["session", "transaction"] as const) {
  Deno.test({
    name: `subscribe() says that PgBouncer is in the way (${poolMode} mode)`,
    ignore: !refuses,
    fn: async () => {
      await using pooler = await startPgBouncer(context.server, { poolMode });
      for (
        const attempt of [
          () => subscribeTo(pooler.url),
          () => connect(pooler.url),
        ]
      ) {
        const error = await assertRejects(attempt, ProtocolError);
        assertEquals(
          error.message.replace(/127\.0\.0\.1:\d+/, "here"),
          'Cannot open a replication connection at here: PgBouncer, or another pooler, answers there in place of the server, and says "unsupported startup parameter: replication"; connect to the server itself, or through PgBouncer 1.23 or later',
        );
      }
    },
  });

  Deno.test({
    name:
      `subscribe() says that PgBouncer makes an ordinary session of it (${poolMode} mode)`,
    ignore: !refuses,
    fn: async () => {
      const options = { poolMode, ignore: OURS };
      await using pooler = await startPgBouncer(context.server, options);
      await assertRejects(
        () => subscribeTo(pooler.url),
        ProtocolError,
        "has dropped the parameter replication",
      );
      // The connection itself is fine for SQL.
      await using connection = await connect(pooler.url);
      await assertRejects(
        () => connection.identifySystem(),
        ProtocolError,
        "PgBouncer",
      );
      const [result] = await connection.query("SELECT 1");
      assertEquals(result?.rows, [["1"]]);
    },
  });
}

Deno.test({
  name: "subscribe() goes through a PgBouncer that lets it",
  ignore: !lets,
  fn: async () => {
    const poolMode = "transaction";
    await using pooler = await startPgBouncer(context.server, { poolMode });
    await subscribeTo(pooler.url);
  },
});
