import { assert, assertEquals } from "@std/assert";
import { parseLsn } from "@walbrook/walbrook";
import type { CatalogRelation } from "@walbrook/walbrook/test_decoding";
import { RelationCache } from "../../src/output_plugin/relation_cache.ts";
import type { SeenRelation } from "../../src/output_plugin/seen_relation.ts";

const AT = { xid: 7, commitLsn: parseLsn("0/100") };
// Each table takes four columns' room besides its own.
const CAPACITY = 60;
const GENERATION = CAPACITY / 6 + 1;
const MANY = 500;

/** An insert, or a delete that shows the old values of these columns. */
function seen(
  name: string,
  old: readonly string[] | null = null,
): SeenRelation {
  const columns = ["id", "n"].map((name) => ({ name, type: "integer" }));
  return {
    ...{ schema: "public", name, old, columns, others: [] },
    ...{ isWhole: old === null, showsOldNulls: false },
    kind: old === null ? "insert" : "delete",
  };
}

/** A catalog that knows some tables, and counts how often it is asked for each. */
class Catalog {
  readonly asked = new Map<string, number>();
  readonly #knows: (name: string) => boolean;

  constructor(knows: (name: string) => boolean) {
    this.#knows = knows;
  }

  findRelation(
    _: string,
    name: string,
  ): Promise<CatalogRelation | null> {
    const times = (this.asked.get(name) ?? 0) + 1;
    this.asked.set(name, times);
    if (!this.#knows(name)) return Promise.resolve(null);
    return Promise.resolve({
      oid: 16_384 + Number(name.slice(1)),
      replicaIdentity: "default",
      ...{ primaryKey: ["id"], changedBy: 3, asOf: parseLsn("FF/0") },
      columns: ["id", "n"].map((name) => ({
        ...{ name, typeOid: 23, typeModifier: -1, type: "integer" },
        ...{ typeSchema: "pg_catalog", typeName: "int4", isVirtual: false },
        ...{ isKey: name === "id", isNullable: false, changedBy: 3 },
      })),
    });
  }

  findOrigin(): Promise<null> {
    return Promise.resolve(null);
  }
}

Deno.test("RelationCache keeps few tables, those in use, however many there are", async () => {
  const cache = new RelationCache(CAPACITY);
  const catalog = new Catalog(() => true);
  for (let i = 0; i < MANY; i++) {
    for (const name of [`t${i}`, "t1000"]) {
      const { relation } = await cache.find(seen(name), AT, catalog);
      assertEquals(relation.message.name, name);
    }
    assert(cache.size <= 2 * GENERATION, `${cache.size}`);
  }
  assertEquals(catalog.asked.get("t1000"), 1);
});

Deno.test("RelationCache describes a table again, and alike, that comes after many others", async () => {
  const cache = new RelationCache(CAPACITY);
  const catalog = new Catalog(() => true);
  const first = await cache.find(seen("t0"), AT, catalog);
  const again = await cache.find(seen("t0"), AT, catalog);
  assertEquals([first.messages.length, again.messages.length], [1, 0]);
  for (let i = 1; i < MANY; i++) {
    await cache.find(seen(`t${i}`), AT, catalog);
  }
  const late = await cache.find(seen("t0"), AT, catalog);
  assertEquals(late.messages, first.messages);
  assertEquals(catalog.asked.get("t0"), 2);
});

Deno.test("RelationCache shows the key of an old row of a table that nobody knows, after many others too", async () => {
  const cache = new RelationCache(CAPACITY);
  const catalog = new Catalog(() => false);
  const keys = async () => {
    const { relation } = await cache.find(seen("t0", ["id"]), AT, catalog);
    const { oid, columns } = relation.message;
    return [oid, columns.flatMap(({ name, isKey }) => isKey ? [name] : [])];
  };
  const before = await keys();
  assertEquals(before[1], ["id"]);
  for (let i = 1; i < MANY; i++) {
    await cache.find(seen(`t${i}`), AT, catalog);
  }
  assertEquals(await keys(), before);
});
