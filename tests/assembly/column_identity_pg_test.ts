import { assertEquals } from "@std/assert";
import {
  type RelationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import {
  type PostgresMajor,
  type ServerContext,
  testOnPostgres,
} from "../helpers/postgres.ts";

const LISTS: readonly PostgresMajor[] = [15, 16, 17, 18];

interface Scenario {
  readonly what: string;
  /** What makes the table `t` and the publication `p`. */
  readonly setup: string;
  /** A statement, and what it changes. */
  readonly steps: readonly (readonly [string, readonly string[]])[];
  /** What is told where the catalog has all of this behind it already. */
  readonly late?: readonly (readonly string[])[];
  readonly majors?: readonly PostgresMajor[];
}

const SCENARIOS: readonly Scenario[] = [
  {
    what: "a column list that moves on to another column",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, email text); CREATE PUBLICATION p FOR TABLE t (id, email)",
    steps: [[
      "ALTER TABLE t RENAME email TO email_old; ALTER TABLE t ADD email_v2 bytea; ALTER PUBLICATION p SET TABLE t (id, email_v2)",
      ["columnUnpublished email", "columnAdded email_v2"],
    ]],
    late: [["columnRemoved email", "columnAdded email_v2"]],
    majors: LISTS,
  },
  {
    what: "an older column that joins the list while a younger one is renamed",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, secret text, name text); CREATE PUBLICATION p FOR TABLE t (id, name)",
    steps: [[
      "ALTER TABLE t RENAME name TO full_name; ALTER PUBLICATION p SET TABLE t (id, secret, full_name)",
      ["columnRenamed name full_name", "columnPublished secret"],
    ]],
    majors: LISTS,
  },
  {
    what: "a column that leaves the list, and comes back",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, a text, b text); CREATE PUBLICATION p FOR TABLE t (id, a, b)",
    steps: [
      ["ALTER PUBLICATION p SET TABLE t (id, b)", ["columnUnpublished a"]],
      ["ALTER PUBLICATION p SET TABLE t (id, a, b)", ["columnPublished a"]],
    ],
    majors: LISTS,
  },
  {
    what: "names that are used again",
    setup:
      `CREATE TABLE t (class "char", a int, c name, e int2, f polygon); ALTER TABLE t REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR ALL TABLES`,
    steps: [[
      "ALTER TABLE t RENAME f TO ff; ALTER TABLE t RENAME a TO aa; ALTER TABLE t RENAME c TO cc; ALTER TABLE t RENAME e TO ee; ALTER TABLE t ADD f int4",
      [
        "columnRenamed a aa",
        "columnRenamed c cc",
        "columnRenamed e ee",
        "columnRenamed f ff",
        "columnAdded f",
      ],
    ]],
    late: [[
      ..."acef".split("").map((name) => `columnRemoved ${name}`),
      ...["aa", "cc", "ee", "ff", "f"].map((name) => `columnAdded ${name}`),
    ]],
  },
  {
    what: "two names that are exchanged",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, a text, b text); CREATE PUBLICATION p FOR TABLE t",
    steps: [[
      "ALTER TABLE t RENAME a TO x; ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME x TO b",
      ["columnRenamed a b", "columnRenamed b a"],
    ]],
  },
  {
    what: "a column that is dropped and added again in its place",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE PUBLICATION p FOR TABLE t",
    steps: [
      ["ALTER TABLE t DROP a; ALTER TABLE t ADD a text", [
        "columnDropped a",
        "columnAdded a",
      ]],
      ["ANALYZE t", []],
    ],
    // Nothing but the number differs, which the catalog has only for the new one.
    late: [[], []],
  },
  {
    what:
      "a generated column that becomes ordinary, beside one with a new name",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED, b text); CREATE PUBLICATION p FOR TABLE t",
    steps: [
      [
        "ALTER TABLE t ALTER g DROP EXPRESSION; ALTER TABLE t RENAME b TO bb",
        ["columnRenamed b bb", "columnPublished g"],
      ],
    ],
    late: [["columnRemoved b", "columnAdded g", "columnAdded bb"]],
  },
  {
    what: "a generated column that becomes ordinary",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED, b text); CREATE PUBLICATION p FOR TABLE t",
    steps: [
      ["ALTER TABLE t ALTER g DROP EXPRESSION", ["columnPublished g"]],
      ["ALTER TABLE t RENAME b TO bb", ["columnRenamed b bb"]],
    ],
    late: [["columnAdded g"], ["columnRenamed b bb"]],
  },
  {
    what: "FULL with another column, type and name: the identity stays",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, a text); ALTER TABLE t REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE t",
    steps: [
      ["ALTER TABLE t ADD b int", ["columnAdded b"]],
      ["ALTER TABLE t ALTER a TYPE varchar(10)", ["columnRetyped a"]],
      ["ALTER TABLE t RENAME b TO bb", ["columnRenamed b bb"]],
      ["ALTER TABLE t DROP bb", ["columnDropped bb"]],
    ],
  },
  {
    what: "a new name of a key's column: the identity stays",
    setup:
      "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE PUBLICATION p FOR TABLE t",
    steps: [["ALTER TABLE t RENAME id TO key", ["columnRenamed id key"]]],
  },
];

for (const { what, setup, steps, late, majors } of SCENARIOS) {
  const options = majors === undefined ? {} : { majors };
  testOnPostgres(
    `subscribe() tells of ${what}`,
    async ({ server, sql }) => {
      await prepare(sql, setup);
      await using subscription = await subscribe(OPTIONS(server.url));
      const told: string[][] = [];
      let at = 0;
      await sql("INSERT INTO t DEFAULT VALUES");
      for await (const event of subscription) {
        if (event.kind === "relation") told[at] = outline(event);
        if (event.kind !== "commit") continue;
        const step = steps[at++];
        if (step === undefined) break;
        told[at] = [];
        await sql(step[0]);
        await sql("INSERT INTO t DEFAULT VALUES");
      }
      assertEquals(told.slice(1), steps.map(([, changes]) => [...changes]));
    },
    options,
  );

  testOnPostgres(
    `subscribe() tells of ${what}, though it has long happened`,
    async ({ server, sql }) => {
      await prepare(sql, setup);
      await sql("INSERT INTO t DEFAULT VALUES");
      for (const [statement] of steps) {
        await sql(statement);
        await sql("INSERT INTO t DEFAULT VALUES");
      }
      await using subscription = await subscribe({
        ...OPTIONS(server.url),
        until: "now",
      });
      const told: string[][] = [];
      for await (const event of subscription) {
        if (event.kind === "begin") told.push([]);
        if (event.kind === "relation") {
          told.push([...told.pop()!, ...outline(event)]);
        }
      }
      assertEquals(
        told.filter((_, i) => i > 0),
        (late ?? steps.map(([, changes]) => changes)).map((one) => [...one]),
      );
    },
    options,
  );
}

function OPTIONS(connection: string): SubscribeOptions {
  return { connection, slot: "s", publication: "p", retry: false };
}

async function prepare(
  sql: ServerContext["sql"],
  setup: string,
): Promise<void> {
  // So that an INSERT needs no values.
  const next = "nextval('ids')";
  await sql("CREATE SEQUENCE ids");
  await sql(setup);
  if (setup.includes("id int")) {
    await sql(`ALTER TABLE t ALTER id SET DEFAULT ${next}`);
  }
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
}

function outline({ changes }: RelationEvent): string[] {
  return changes.map((change) => {
    switch (change.kind) {
      case "tableRenamed":
        return `${change.kind} ${change.schema}.${change.name}`;
      case "replicaIdentityChanged":
        return `${change.kind} ${change.replicaIdentity}`;
      case "primaryKeyChanged":
        return `${change.kind} ${change.primaryKey}`;
      case "columnRenamed":
        return `${change.kind} ${change.previous.name} ${change.column.name}`;
      default:
        return `${change.kind} ${change.column.name}`;
    }
  });
}
