import { ProtocolError, subscribe } from "@walbrook/walbrook";
import { connect } from "@walbrook/walbrook/replication";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { pinnedTimeouts } from "../../src/session/pinned_settings.ts";
import {
  connectSql,
  type ServerContext,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { recordingDial } from "../helpers/recording_dial.ts";

const SHOW =
  "SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_setting('bytea_output'), pg_catalog.current_setting('extra_float_digits')";
const PINNED = [["pg_catalog", "hex", "1"]];

async function odd({ server, sql }: ServerContext): Promise<string> {
  await sql(`
    CREATE SCHEMA odd;
    CREATE TABLE odd.item (id int PRIMARY KEY, b bytea, f float8, c regclass);
    CREATE PUBLICATION items FOR TABLE odd.item;
    CREATE ROLE odd LOGIN REPLICATION;
    GRANT USAGE ON SCHEMA odd TO odd;
    GRANT SELECT ON odd.item TO odd;
    ALTER ROLE odd SET search_path = odd, public;
    ALTER ROLE odd SET bytea_output = 'escape';
    ALTER ROLE odd SET extra_float_digits = -15`);
  return server.url.replace("postgres@", "odd@");
}

testOnPostgres(
  "connect() looks names up in pg_catalog only, whatever the role's settings are",
  async (context) => {
    const connection = await odd(context);
    const { dial, queries } = recordingDial();
    await using session = await connect(connection, { dial });
    const [result] = await session.query(SHOW);
    assertEquals(result?.rows, PINNED);
    // Up to 17 the server does not say by itself what its search_path is.
    assertEquals(
      queries.includes("SHOW search_path"),
      context.server.major < 18,
    );
    await session.query("SET search_path = odd");
    const [own] = await session.query("SELECT * FROM item");
    assertEquals(own?.rows, []);
  },
  { majors: [14, 17, 18] },
);

testOnPostgres(
  "subscribe() gives the same values through a pooler that drops options",
  async (context) => {
    const connection = await odd(context);
    const { sql } = context;
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql(String.raw`INSERT INTO odd.item VALUES
      (1, '\x00ff5c', 0.1::float8 + 0.2, 'odd.item')`);
    const rows: unknown[] = [];
    for (const drop of [[], ["options"]]) {
      const { dial } = recordingDial({ drop });
      await using subscription = await subscribe({
        connection,
        dial,
        slot: "s",
        publication: "items",
        acknowledge: "manual",
        until: "now",
      });
      for await (const event of subscription) {
        if (event.kind === "insert") rows.push(event.newRow);
      }
    }
    const row = {
      id: 1,
      b: Uint8Array.of(0, 255, 92),
      f: 0.30000000000000004,
      c: "odd.item",
    };
    assertEquals(rows, [row, row]);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "connect() sets what a login trigger has changed",
  async (context) => {
    const { sql } = context;
    const connection = await odd(context);
    await sql(`
      CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN SET search_path = public; SET bytea_output = 'escape'; END $$;
      CREATE EVENT TRIGGER meddle ON login EXECUTE FUNCTION meddle()`);
    await using session = await connect(connection);
    const [result] = await session.query(SHOW);
    assertEquals(result?.rows, PINNED);
  },
  { majors: [17, 18] },
);

testOnPostgres(
  "connect() leaves the settings of a connection alone that a pooler shares out",
  async (context) => {
    const connection = await odd(context);
    const drop = ["options", "replication"];
    const { dial, queries } = recordingDial({ drop });
    const error = await assertRejects(
      () => connect(connection, { dial }),
      ProtocolError,
    );
    assert(error.message.includes("has dropped the parameter replication"));
    assert(!queries.some((query) => query.startsWith("SET")), `${queries}`);
    const following = subscribe({
      ...{ connection, dial, slot: "s", publication: "items" },
    });
    await assertRejects(
      () => following,
      ProtocolError,
      "has dropped the parameter replication",
    );
    assert(!queries.some((query) => query.startsWith("SET")), `${queries}`);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "timeouts are pinned only in a session that has what its login asked for",
  async ({ server }) => {
    const pins = pinnedTimeouts(server.major);
    for (
      const [searchPath, afterwards] of [["public", "7s"], ["pg_catalog", "0"]]
    ) {
      await using other = connectSql(server.url);
      await other(`SET lock_timeout = '7s'; SET search_path = ${searchPath}`);
      await other(pins);
      assertEquals(await other.value("SHOW lock_timeout"), afterwards);
    }
  },
  { majors: [14, 18] },
);
