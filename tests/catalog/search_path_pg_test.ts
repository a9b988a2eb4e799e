import { subscribe } from "@walbrook/walbrook";
import { connect, describeTypes } from "@walbrook/walbrook/replication";
import type { ReplicationEvent, SubscribeOptions } from "@walbrook/walbrook";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";
import { assert, assertEquals } from "@std/assert";
import { setTraps } from "../helpers/hostile_schema.ts";
import { type ServerContext, testOnPostgres } from "../helpers/postgres.ts";
import { recordingDial } from "../helpers/recording_dial.ts";
import { findWal2json } from "../helpers/wal2json.ts";

const foundWal2json = await findWal2json();

const TABLES = `
  CREATE TYPE mood AS ENUM ('glad', 'sad');
  CREATE TYPE place AS (street text, moods mood[]);
  CREATE DOMAIN code AS text CHECK (value <> '');
  CREATE TYPE span AS RANGE (subtype = float8);
  CREATE TABLE item (id int PRIMARY KEY, moods mood[], place place, code code, span span, o regclass);
  CREATE TABLE other (a mood, id int, UNIQUE (id));
  CREATE PUBLICATION items FOR TABLE item`;
const INSERT =
  `INSERT INTO item VALUES (1, '{glad}', '(x,"{sad}")', 'c', '[1,2)', 'public.item')`;

// What no command of a walsender, nor of the transactions around a query, is.
const IS_SQL = /^(?!IDENTIFY_|START_|CREATE_|DROP_|READ_|TIMELINE_|SHOW|SET )/;

/** A role in whose path strangers lie before the catalog. */
async function setUp({ server, sql }: ServerContext): Promise<string> {
  await sql(TABLES);
  await sql(`
    CREATE ROLE app LOGIN REPLICATION;
    ALTER ROLE app SET search_path = "$user", public, pg_catalog`);
  return server.url.replace("postgres@", "app@");
}

async function follow(
  options: SubscribeOptions,
): Promise<ReplicationEvent[]> {
  const events: ReplicationEvent[] = [];
  const subscription = await subscribe({
    until: "now",
    retry: false,
    onBadValue: (bad) => {
      throw new Error("A value could not be read", { cause: bad });
    },
    ...options,
  });
  for await (const event of subscription) events.push(event);
  return events;
}

testOnPostgres(
  "subscribe() runs nobody else's operators, functions, casts or types",
  async (context) => {
    const { server, sql } = context;
    const connection = await setUp(context);
    const traps = await setTraps(sql, ["public", "app"]);
    const { dial, queries } = recordingDial();
    const common = { connection, dial };
    // Creates a slot.
    await follow({
      ...common,
      slot: { name: "s", create: true },
      publication: "items",
    });
    await sql(INSERT);
    await sql("ALTER TABLE item RENAME code TO word");
    await sql(INSERT.replace("1,", "2,"));
    const events = await follow({ ...common, slot: "s", publication: "items" });
    const rows = events.flatMap((event) =>
      event.kind === "insert" ? [event.newRow] : []
    );
    assertEquals(rows.map(({ id, moods }) => [id, moods]), [
      [1, ["glad"]],
      [2, ["glad"]],
    ]);
    const relations = events.flatMap((event) =>
      event.kind === "relation" ? [event.changes] : []
    );
    assertEquals(relations.at(-1)?.length, 1);
    for (
      const [slot, plugin] of [
        ["t", testDecoding()],
        ["w", wal2json()],
      ] as const
    ) {
      const isThere = plugin.name === "test_decoding" ||
        (server.major === 15 && foundWal2json.settings !== undefined);
      if (!isThere) continue;
      await sql(
        `SELECT pg_create_logical_replication_slot('${slot}', '${plugin.name}')`,
      );
      await sql("SELECT pg_replication_origin_create('elsewhere')");
      await sql("SELECT pg_replication_origin_session_setup('elsewhere')");
      await sql(
        "UPDATE item SET moods = '{sad}'; INSERT INTO other VALUES ('sad', 1)",
      );
      await sql("SELECT pg_replication_origin_session_reset()");
      await sql("SELECT pg_replication_origin_drop('elsewhere')");
      await sql("DELETE FROM other");
      const found = await follow({ ...common, slot, plugin });
      assert(found.some((event) => event.kind === "update"));
    }
    // Copies what was there before, by keys of more than one column.
    await sql(`
      CREATE TABLE stock (shelf name, code text, n int, PRIMARY KEY (shelf, code));
      CREATE PUBLICATION stocks FOR TABLE stock;
      GRANT SELECT ON stock TO app;
      INSERT INTO stock SELECT 'a', pg_catalog.concat('c', i), i FROM pg_catalog.generate_series(1, 3000) i`);
    let copied = 0;
    {
      await using subscription = await subscribe({
        ...common,
        slot: { name: "c", create: true },
        publication: "stocks",
        snapshot: { when: "always", chunkBytes: 4_096 },
        retry: false,
      });
      for await (const { kind } of subscription) {
        if (kind === "read") copied++;
        if (kind === "snapshotEnd") break;
      }
    }
    assertEquals(copied, 3000);
    {
      await using session = await connect(connection, { dial });
      const oid = await sql.value("SELECT 'place'::regtype::oid");
      const types = await describeTypes(session, [Number(oid)]);
      assert(types.some(({ name }) => name === "place"));
    }
    assertEquals(await traps.calls(), 0);

    // Each of the queries by itself, where nothing pins search_path.
    await using unpinned = await connect(connection);
    await unpinned.query('SET search_path = "$user", public, pg_catalog');
    await unpinned.query("SELECT current_database()");
    assertEquals(await traps.calls(), 1);
    const asked = new Set(queries.filter((query) => IS_SQL.test(query)));
    assert(asked.size >= 8, [...asked].join("\n"));
    for (const query of asked) {
      await unpinned.query(
        query.replace(
          /SELECT pg_catalog\.set_config\('search_path'[^;]*;|SET LOCAL search_path[^;]*;/,
          "",
        ),
      );
      await unpinned.query("ROLLBACK");
      assertEquals(await traps.calls(), 1, query);
    }
  },
  foundWal2json.settings === undefined
    ? {}
    : { settings: foundWal2json.settings },
);
