import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConnectionError } from "@walbrook/walbrook";
import { TYPE_OID } from "@walbrook/walbrook/values";
import type { RelationMessage } from "@walbrook/walbrook/pgoutput";
import { RelationDecoders } from "../../src/rows/relation_decoders.ts";
import { valueOf } from "../../src/rows/tuple_rows.ts";
import { newEventAssembler } from "../assembly/new_assembler.ts";
import { column, relation } from "../helpers/messages.ts";

// Each table takes four columns' room besides its own.
const CAPACITY = 60;
/** How many tables a generation has at the most: the last one may reach over the end. */
const GENERATION = CAPACITY / 6 + 1;
const FIRST = 16_384;

function message(oid: number, more: string[] = []): RelationMessage {
  return relation({
    ...{ oid, schema: "Schéma", name: `table "${oid}"` },
    columns: [
      column("id", { typeOid: TYPE_OID.INT8, isKey: true }),
      ...["note", ...more].map((name) => column(name)),
    ],
  });
}

function decodersOf(capacity = CAPACITY): RelationDecoders {
  const { types } = newEventAssembler().decoders;
  return new RelationDecoders({ types, onBadValue: () => {}, capacity });
}

Deno.test("RelationDecoders keeps few decoders however many tables are described", async () => {
  const decoders = decodersOf();
  for (let i = 0; i < 60; i++) {
    const { previous } = await decoders.describe(message(FIRST + i), null);
    assertEquals(previous, null);
    assert(decoders.byOid.size <= 2 * GENERATION);
  }
  // Each can be read all the same, since the server describes none a second time.
  for (let i = 0; i < 60; i++) {
    const decoder = decoders.byOid.get(FIRST + i);
    const { kind: _, walStart: __, ...described } = message(FIRST + i);
    assertEquals<unknown>(decoder?.relation, {
      ...described,
      primaryKey: null,
    });
    assertEquals(decoder && valueOf(decoder, 0, "7"), 7n);
    assert(decoders.byOid.size <= 2 * GENERATION);
  }
  assertEquals(decoders.byOid.get(FIRST - 1), undefined);
});

Deno.test("RelationDecoders keeps the decoders that are in use", async () => {
  const decoders = decodersOf();
  await decoders.describe(message(FIRST), null);
  const inUse = decoders.byOid.get(FIRST);
  for (let i = 1; i < 500; i++) {
    await decoders.describe(message(FIRST + i), null);
    assert(decoders.byOid.get(FIRST) === inUse);
  }
});

Deno.test("RelationDecoders remembers on the next connection how a table was described", async () => {
  const decoders = decodersOf();
  const all = [];
  for (let i = 0; i < 25; i++) {
    all.push((await decoders.describe(message(FIRST + i), null)).relation);
  }
  decoders.resume();
  // One that has fallen out is equal, not the same.
  const same = await decoders.describe(message(FIRST + 5), null);
  assertEquals(same.previous, all[5]);
  assert(same.previous !== all[5] && same.relation === same.previous);
  const altered = await decoders.describe(message(FIRST + 5, ["added"]), null);
  assertEquals(altered.previous, all[5]);
  assertEquals(altered.relation.columns.length, 3);
});

Deno.test("RelationDecoders asks for another connection where too much was described on one", async () => {
  const decoders = decodersOf();
  async function describeAll(): Promise<void> {
    for (let i = 0; i < 1_000; i++) {
      await decoders.describe(message(FIRST + i), null);
    }
  }
  await describeAll();
  const known = Array.from({ length: 1_000 }, (_, i) => FIRST + i)
    .filter((oid) => decoders.byOid.relation(oid) !== null);
  assert(known.length > 2 * GENERATION && known.length < 500);
  assertThrows(() => decoders.byOid.get(FIRST), ConnectionError);
  // Each time there is more room, so that it ends.
  let tries = 1;
  for (; tries < 10; tries++) {
    decoders.resume();
    assertEquals(
      (await decoders.describe(message(FIRST), null)).previous,
      null,
    );
    await describeAll();
    try {
      assert(decoders.byOid.get(FIRST) !== undefined);
      break;
    } catch (error) {
      assert(error instanceof ConnectionError, String(error));
    }
  }
  assert(tries < 10);
});

Deno.test("RelationDecoders finds the decoder of a table's last description", async () => {
  const decoders = decodersOf();
  await decoders.describe(message(FIRST), null);
  const first = decoders.byOid.get(FIRST);
  assertEquals(decoders.byOid.get(FIRST), first);
  await decoders.describe(message(FIRST, ["more"]), null);
  const second = decoders.byOid.get(FIRST);
  assertEquals(second?.names, ["id", "note", "more"]);
  decoders.byOid.remake();
  assert(decoders.byOid.get(FIRST) !== second);
  assertEquals(decoders.byOid.get(FIRST + 1), undefined);
});
