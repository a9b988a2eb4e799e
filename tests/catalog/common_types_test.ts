import { assert, assertEquals } from "@std/assert";
import type { Relation } from "@walbrook/walbrook";
import { TYPE_OID } from "@walbrook/walbrook/values";
import { ColumnTypes } from "../../src/catalog/column_types.ts";
import { CommonTypes } from "../../src/catalog/common_types.ts";
import { builtInTextCodec } from "../../src/values/base_codec.ts";
import { OwnParsers } from "../../src/values/own_parsers.ts";
import { range } from "../values/value_table.ts";

const MOOD = 20_000;

function table(...typeOids: readonly number[]): Relation {
  return {
    oid: 1,
    schema: "public",
    name: "t",
    replicaIdentity: "default",
    primaryKey: null,
    columns: typeOids.map((typeOid, i) => ({
      name: `c${i}`,
      typeOid,
      typeModifier: -1,
      isKey: false,
    })),
  };
}

/** Types that count how often the rest is loaded, and what the catalog is asked. */
function counted(): {
  readonly types: CommonTypes;
  readonly loads: () => number;
  readonly asked: (readonly number[])[];
} {
  let loads = 0;
  const asked: (readonly number[])[] = [];
  const types = new CommonTypes(() => {
    loads++;
    return Promise.resolve(
      new ColumnTypes({
        own: new OwnParsers({}),
        builtIn: builtInTextCodec,
        binary: false,
        lookUp: (typeOids) => {
          asked.push(typeOids);
          return Promise.resolve([
            { kind: "enum", oid: MOOD, schema: "public", name: "mood" },
          ]);
        },
        onBadValue: () => {},
      }),
    );
  });
  return { types, loads: () => loads, asked };
}

Deno.test("CommonTypes reads a table of common types at once", () => {
  const { types, loads } = counted();
  const codecs = types.describe(table(TYPE_OID.INT8, TYPE_OID.TEXT));
  assert(!(codecs instanceof Promise));
  assertEquals(codecs.map(({ fromText }) => fromText("7")), [7n, "7"]);
  assertEquals(types.find(table(TYPE_OID.INT8)).length, 1);
  types.resume();
  assertEquals(loads(), 0);
});

Deno.test("CommonTypes loads the rest at the first other type, once", async () => {
  const { types, loads, asked } = counted();
  const line = table(TYPE_OID.INT4, TYPE_OID.INT4RANGE);
  const codecs = await types.describe(line);
  assertEquals(codecs[0]?.fromText("7"), 7);
  assertEquals(codecs[1]?.fromText("[1,3)"), range(1, 3, "[)"));
  await types.describe(table(TYPE_OID.TSVECTOR));
  assertEquals(types.find(line).length, 2);
  assertEquals(loads(), 1);
  assertEquals(asked, []);
});

Deno.test("CommonTypes hands on the names that came before", async () => {
  const { types, asked } = counted();
  // A domain over int4: the catalog need not be asked.
  types.name(MOOD + 1, { schema: "pg_catalog", name: "int4" });
  const [domain] = await types.describe(table(MOOD + 1));
  assertEquals(domain?.fromText("7"), 7);
  assertEquals(asked, []);
  types.name(MOOD, { schema: "public", name: "mood" });
  await types.describe(table(MOOD));
  assertEquals(asked, [[MOOD]]);
});
