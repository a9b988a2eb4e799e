import { assertEquals } from "@std/assert";
import { builtInTypeOid } from "../../src/values/type_name.ts";
import { ARRAY_TYPE_OID, TYPE_OID } from "../../src/values/type_oid.ts";
import { sharedServer, testOnPostgres } from "../helpers/postgres.ts";

const shared = sharedServer();

testOnPostgres(
  "TYPE_OID and ARRAY_TYPE_OID agree with the catalog",
  async ({ sql }) => {
    const rows = await sql(
      `SELECT upper(typname) AS name, oid, typarray, typdelim FROM pg_type
     WHERE typnamespace = 'pg_catalog'::regnamespace AND typarray <> 0
       AND typrelid = 0`,
    );
    const catalog = new Map(rows.map((row) => [row.name, row]));
    const missing: string[] = [];
    for (const [name, oid] of Object.entries(TYPE_OID)) {
      const row = catalog.get(name);
      if (row === undefined) {
        missing.push(name);
        continue;
      }
      const array = ARRAY_TYPE_OID[name as keyof typeof TYPE_OID];
      assertEquals([row.oid, row.typarray], [`${oid}`, `${array}`], name);
      assertEquals(row.typdelim, name === "BOX" ? ";" : ",", name);
      catalog.delete(name);
    }
    assertEquals(missing, ["OID8", "REGDATABASE"]);
    // What the table leaves out: pseudo-types, and those that no column should have.
    const left = [...catalog.keys()].sort();
    assertEquals(left, ["CSTRING", "GTSVECTOR", "RECORD"]);
  },
);

Deno.test("builtInTypeOid() agrees with what SQL calls the types", async () => {
  const names = [
    ...["bigint", "bit varying", "boolean", '"char"', "char", "character"],
    ...["character varying", "decimal", "double precision", "float", "int"],
    ...["integer", "real", "smallint", "time", "time with time zone"],
    ...["time without time zone", "timestamp with time zone", "timestamp"],
    ...[
      "timestamp without time zone",
      "int8",
      "_int8",
      "timestamptz",
      "pg_lsn",
    ],
  ].flatMap((name) => name.startsWith("_") ? [name] : [name, `${name}[]`]);
  for (const name of names) {
    const oid = await shared.sql.value(`SELECT to_regtype('${name}')::oid`);
    assertEquals(`${builtInTypeOid(name)}`, oid, name);
  }
});
