import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Row, subscribe, type SubscribeOptions } from "@walbrook/walbrook";
import type { SubscriptionWarning } from "@walbrook/walbrook/subscription";
import { testOnPostgres } from "../helpers/postgres.ts";

const ACL = "'postgres=r/postgres'::aclitem";

/** What one has to do with a type to get a value that has no binary format. */
const OBSTACLES: readonly {
  readonly what: string;
  readonly setUp?: string;
  readonly type: string;
  readonly value: string;
  readonly expected: unknown;
}[] = [
  {
    ...{ what: "an array", type: "aclitem[]", value: `ARRAY[${ACL}]` },
    expected: ["postgres=r/postgres"],
  },
  {
    what: "a composite",
    setUp: "CREATE TYPE grant_of AS (id int, acl aclitem)",
    ...{ type: "grant_of", value: `ROW(1, ${ACL})` },
    expected: { id: 1, acl: "postgres=r/postgres" },
  },
  {
    what: "an array of composites with an array",
    setUp: "CREATE TYPE grants_of AS (id int, acls aclitem[])",
    type: "grants_of[]",
    value: `ARRAY[ROW(1, ARRAY[${ACL}])::grants_of]`,
    expected: [{ id: 1, acls: ["postgres=r/postgres"] }],
  },
  {
    what: "a domain over an array",
    setUp: "CREATE DOMAIN acl AS aclitem[]",
    ...{ type: "acl", value: `ARRAY[${ACL}]` },
    expected: ["postgres=r/postgres"],
  },
  {
    what: "a range",
    setUp: "CREATE EXTENSION isn; CREATE TYPE isbns AS RANGE (subtype = isbn)",
    ...{ type: "isbns", value: "'[0-393-04002-X,)'" },
    expected: {
      ...{ lower: "0-393-04002-X", upper: null, empty: false },
      ...{ lowerInclusive: true, upperInclusive: false },
    },
  },
];

async function collect(
  options: Partial<SubscribeOptions> & Pick<SubscribeOptions, "connection">,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<{ rows: Row[]; warnings: SubscriptionWarning[] }> {
  const warnings: SubscriptionWarning[] = [];
  const rows: Row[] = [];
  await using subscription = await subscribe({
    ...{ slot: "s", publication: "p", binary: true },
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
  await meanwhile();
  for await (const event of subscription) {
    if (event.kind !== "insert") continue;
    if (event.newRow["id"] === 0) break;
    rows.push(event.newRow);
  }
  return { rows, warnings };
}

for (const { what, setUp = "", type, value, expected } of OBSTACLES) {
  testOnPostgres(
    `subscribe() with binary has values sent as text where ${what} has no binary format, and tells`,
    async ({ server, sql }) => {
      await sql(
        `${setUp}; CREATE TABLE t (id int PRIMARY KEY, value ${type}, f float8)`,
      );
      await sql("CREATE PUBLICATION p FOR TABLE t");
      await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
      await sql(`INSERT INTO t VALUES (1, ${value}, 1.5), (0, NULL, 0)`);
      const { rows, warnings } = await collect({ connection: server.url });
      assertEquals(rows, [{ id: 1, value: expected, f: 1.5 }]);
      assertEquals(warnings.map(({ code }) => code), ["noBinaryForm"]);
      const [{ message } = { message: "" }] = warnings;
      assertStringIncludes(message, 'column "value" of table "public"."t"');
    },
  );
}

testOnPostgres(
  "subscribe() with binary has binary values sent where a type without the format stands by itself",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY, acl aclitem, price money)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql(`INSERT INTO t VALUES (1, ${ACL}, 1.5), (0, NULL, 0)`);
    const { rows, warnings } = await collect({ connection: server.url });
    // An amount of money tells the format.
    assertEquals(rows, [{ id: 1, acl: "postgres=r/postgres", price: 150n }]);
    assertEquals(warnings, []);
  },
);

testOnPostgres(
  "subscribe() with binary goes on with text where a table comes later whose values have no binary format",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await sql("CREATE TABLE later (id int PRIMARY KEY, acls aclitem[])");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const { rows, warnings } = await collect(
      // Even a subscription that does not connect again after a failure.
      { connection: server.url, retry: false },
      async () => {
        await sql("INSERT INTO t VALUES (1)");
        await sql("ALTER PUBLICATION p ADD TABLE later");
        await sql(`INSERT INTO later VALUES (2, NULL), (3, ARRAY[${ACL}])`);
        await sql("INSERT INTO t VALUES (4), (0)");
      },
    );
    assertEquals(rows, [
      { id: 1 },
      { id: 2, acls: null },
      { id: 3, acls: ["postgres=r/postgres"] },
      { id: 4 },
    ]);
    assertEquals(warnings.map(({ code }) => code), ["noBinaryForm"]);
    const [{ message } = { message: "" }] = warnings;
    assertStringIncludes(message, "no binary output function");
  },
);
