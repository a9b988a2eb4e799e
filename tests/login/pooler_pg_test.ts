import { ProtocolError, subscribe } from "@walbrook/walbrook";
import { connect } from "@walbrook/walbrook/replication";
import { connectSql, sharedServer } from "../helpers/postgres.ts";
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

const OURS = "replication, options, IntervalStyle";

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
      for (
        const attempt of [
          () => subscribeTo(pooler.url),
          () => connect(pooler.url),
        ]
      ) {
        await assertRejects(
          attempt,
          ProtocolError,
          "has dropped the parameter replication",
        );
      }
      // Nothing was set that the pool's next client would find.
      const { server } = context;
      await using other = connectSql(
        pooler.url.replace(/\/postgres$/, `/${server.superuser}`),
      );
      assertEquals(await other.value("SHOW search_path"), '"$user", public');
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
