import { connect } from "@walbrook/walbrook/replication";
import { connectSql, type PostgresServer, startPostgres } from "./postgres.ts";
import { untilTrue } from "./until_true.ts";

/**
 * Starts a streaming standby of a server, from a base backup of it, with a physical slot
 * of the name `standby` at the primary.
 *
 * @param primary The server.
 * @param settings More lines of its `postgresql.conf`.
 */
export async function startStandby(
  primary: PostgresServer,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  await using connection = await connect(primary.url, {
    replication: "physical",
  });
  await connection.createReplicationSlot("standby", {
    kind: "physical",
    reserveWal: true,
  });
  const { readable } = await connection.baseBackup({
    checkpoint: "fast",
    wal: true,
  });
  const { host, port, superuser } = primary;
  return await startPostgres({
    major: primary.major,
    backup: readable.pipeThrough(
      new TransformStream({
        transform(message, controller) {
          if (message.kind === "data") controller.enqueue(message.data);
        },
      }),
    ),
    settings: {
      hot_standby: "on",
      hot_standby_feedback: "on",
      primary_slot_name: "standby",
      primary_conninfo:
        `host=${host} port=${port} user=${superuser} dbname=postgres`,
      ...settings,
    },
  });
}

/** Waits until a standby has replayed all that the primary has written. */
export async function caughtUp(
  primary: PostgresServer,
  standby: PostgresServer,
): Promise<void> {
  await using there = connectSql(primary.url);
  await using here = connectSql(standby.url);
  const end = await there.value("SELECT pg_current_wal_flush_lsn()");
  await untilTrue(here, `pg_last_wal_replay_lsn() >= '${end}'`, 60_000);
}
