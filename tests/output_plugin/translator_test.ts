import { assert, assertEquals, assertThrows } from "@std/assert";
import { type PgoutputMessage, UNCHANGED } from "@walbrook/walbrook/pgoutput";
import {
  type CatalogColumn,
  type CatalogRelation,
  type OutputPlugin,
  parseLsn,
  ProtocolError,
  testDecoding,
} from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";

const UTF8 = new TextEncoder();

function column(
  name: string,
  typeOid: number,
  more: Partial<CatalogColumn> = {},
): CatalogColumn {
  return {
    ...{ name, typeOid, typeModifier: -1, type: "integer", isKey: false },
    ...{ typeSchema: "pg_catalog", typeName: "int4", isVirtual: false },
    ...{ isNullable: false, changedBy: 3 },
    ...more,
  };
}

const ITEM: CatalogRelation = {
  oid: 16385,
  replicaIdentity: "default",
  ...{ primaryKey: ["id"], changedBy: 3, asOf: parseLsn("FF/0") },
  columns: [
    column("id", 23, { isKey: true }),
    column("m", 16400, {
      ...{ type: "mood", typeSchema: "public", typeName: "mood" },
    }),
    column("n", 1700, { type: "numeric", typeModifier: 524294 }),
  ],
};

/** Translates texts as they come, and counts the questions to the catalog. */
async function translate(
  plugin: OutputPlugin,
  texts: readonly string[],
  found: CatalogRelation | null,
): Promise<{ messages: PgoutputMessage[]; questions: string[] }> {
  const translator = plugin.createTranslator();
  const questions: string[] = [];
  const catalog = {
    findRelation: (schema: string, name: string) => {
      questions.push(`${schema}.${name}`);
      return Promise.resolve(found);
    },
    findOrigin: (number: number) => {
      questions.push(`origin ${number}`);
      return Promise.resolve(number === 1 ? "upstream" : null);
    },
  };
  const messages: PgoutputMessage[] = [];
  for (const text of texts) {
    const payload = { walStart: parseLsn("0/100"), data: UTF8.encode(text) };
    messages.push(...await translator.translate(payload, catalog));
  }
  return { messages, questions };
}

function relations(messages: readonly PgoutputMessage[]) {
  return messages.flatMap((one) =>
    one.kind === "relation"
      ? [[
        one.oid,
        one.replicaIdentity,
        ...one.columns.map(({ name, typeOid, typeModifier, isKey }) =>
          `${isKey ? "*" : ""}${name} ${typeOid} ${typeModifier}`
        ),
      ]]
      : []
  );
}

const INSERT =
  "table public.item: INSERT: id[integer]:1 m[mood]:'sad' n[numeric]:1.50";

Deno.test("testDecoding() describes a table by the catalog, once", async () => {
  const { messages, questions } = await translate(testDecoding(), [
    INSERT,
    INSERT,
    "table public.item: DELETE: id[integer]:1",
  ], ITEM);
  assertEquals(questions, ["public.item"]);
  assertEquals(messages.map(({ kind }) => kind), [
    ...["type", "relation", "insert", "insert", "delete"],
  ]);
  assertEquals(relations(messages), [
    [16385, "default", "*id 23 -1", "m 16400 -1", "n 1700 524294"],
  ]);
  const [type, , insert] = messages;
  assert(type?.kind === "type" && insert?.kind === "insert");
  assertEquals([type.oid, type.schema, type.name], [16400, "public", "mood"]);
  assertEquals(insert.newTuple, ["1", "sad", "1.50"]);
  const removed = messages.at(-1);
  assert(removed?.kind === "delete");
  assertEquals(removed.keyTuple, ["1", UNCHANGED, UNCHANGED]);
  assertEquals(removed.oldTuple, null);
});

Deno.test("testDecoding() makes OIDs up for a table that is gone", async () => {
  const { messages } = await translate(testDecoding(), [
    "table public.item: DELETE: id[integer]:1",
    INSERT,
    `table public.item: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 m["Odd s".mood]:unchanged-toast-datum n[numeric]:null`,
  ], null);
  assertEquals(relations(messages), [
    [-1, "default", "*id 23 -1"],
    [-1, "default", "*id 23 -1", "m -2 -1", "n 1700 -1"],
    [-1, "default", "*id 23 -1", "m -3 -1", "n 1700 -1"],
  ]);
  assertEquals(
    messages.flatMap((one) =>
      one.kind === "type" ? [[one.oid, one.schema, one.name]] : []
    ),
    [[-2, "public", "mood"], [-3, "Odd s", "mood"]],
  );
  const update = messages.at(-1);
  assert(update?.kind === "update");
  assertEquals(update.keyTuple, ["1", UNCHANGED, UNCHANGED]);
  assertEquals(update.newTuple, ["2", UNCHANGED, null]);
});

Deno.test("testDecoding() gives the old row where the identity is full", async () => {
  const { messages } = await translate(testDecoding(), [
    "COMMIT 748 (at 2000-01-01 00:00:00+00)",
    "table public.item: UPDATE: old-key: id[integer]:1 n[numeric]:NaN new-tuple: id[integer]:1 m[mood]:null n[numeric]:2",
  ], { ...ITEM, replicaIdentity: "full" });
  const update = messages.at(-1);
  assert(update?.kind === "update");
  assertEquals(update.oldTuple, ["1", null, "NaN"]);
  assertEquals(update.keyTuple, null);
});

Deno.test("testDecoding() asks anew where a row looks different", async () => {
  const { messages, questions } = await translate(testDecoding(), [
    INSERT,
    "table public.item: INSERT: id[bigint]:1 m[mood]:null",
    "table public.item: INSERT: id[bigint]:2 m[mood]:null",
    "table public.item: TRUNCATE: cascade",
  ], ITEM);
  assertEquals(questions.length, 2);
  // The catalog knows the column by another type by now.
  assertEquals(relations(messages).at(-1), [
    ...[16385, "default", "*id 20 -1", "m 16400 -1"],
  ]);
  const truncate = messages.at(-1);
  assert(truncate?.kind === "truncate" && truncate.cascade);
  assertEquals(truncate.relationOids, [16385]);
});

Deno.test("testDecoding() takes a transaction from its COMMIT to its COMMIT", async () => {
  const commit = "COMMIT 748 (at 2000-01-01 00:00:00+00)";
  const { messages } = await translate(testDecoding(), [
    ...[commit, commit],
  ], null);
  const commitTime = 946_684_800_000_000n;
  const finalLsn = parseLsn("0/FF");
  assertEquals<unknown>(messages, [
    { kind: "begin", walStart: 256n, finalLsn, commitTime, xid: 748 },
    {
      ...{ kind: "commit", walStart: 256n, flags: 0, commitLsn: finalLsn },
      ...{ endLsn: 256n, commitTime },
    },
  ]);
  for (const text of ["BEGIN 7", "COMMIT 7", "PREPARE TRANSACTION 'a'"]) {
    assertThrows(
      () =>
        testDecoding().createTranslator().translate(
          { walStart: finalLsn, data: UTF8.encode(text) },
          {
            findRelation: () => Promise.resolve(null),
            findOrigin: () => Promise.resolve(null),
          },
        ),
      ProtocolError,
    );
  }
});

Deno.test("testDecoding() knows what payloads are to their transaction", () => {
  const { roleOf } = testDecoding();
  const roles = [
    ...["BEGIN 7", INSERT, "table s.t: TRUNCATE: cascade"],
    "message: transactional: 1 prefix: p, sz: 0 content:",
    "message: transactional: 0 prefix: p, sz: 0 content:",
    "COMMIT 7",
  ].map((text) => roleOf?.(UTF8.encode(text)));
  assertEquals(roles, ["begin", "within", "within", "within", "alone", "end"]);
});

Deno.test("testDecoding() and wal2json() keep their own options", () => {
  assertEquals(testDecoding({ "only-local": "true" }).options, {
    ...{ "include-xids": "true", "include-timestamp": "true" },
    "only-local": "true",
  });
  assertEquals(wal2json().options["format-version"], "2");
  for (
    const make of [
      () => testDecoding({ "include-xids": "false" }),
      () => testDecoding({ "stream-changes": "true" }),
      () => testDecoding({ "skip-empty-xacts": "true" }),
      () => wal2json({ "format-version": "1" }),
      () => wal2json({ "include-types": "false" }),
      () => wal2json({ "add-tables": 7 as unknown as string }),
    ]
  ) assertThrows(make, TypeError, "Cannot set option");
});

function json(action: string, rest: string): string {
  return `{"action":"${action}","lsn":"0/50","schema":"public","table":"item"${rest}}`;
}

const ID = '{"name":"id","type":"integer","typeoid":23,"value":1}';
const MOOD = '{"name":"m","type":"mood","typeoid":16400,"value":"sad"}';
const N = '{"name":"n","type":"numeric(8,2)","typeoid":1700,"value":1.50}';

Deno.test("wal2json() fills in what an update does not have", async () => {
  const { messages, questions } = await translate(wal2json(), [
    json("U", `,"columns":[${ID},${N}],"identity":[${ID}]`),
    json("I", `,"columns":[${ID},${MOOD},${N}]`),
    json("D", `,"identity":[${ID}]`),
    json("T", ""),
  ], ITEM);
  assertEquals(questions.length, 1);
  assertEquals(relations(messages), [
    [16385, "default", "*id 23 -1", "m 16400 -1", "n 1700 524294"],
  ]);
  const [update, insert, removed, truncate] = messages.slice(-4);
  assert(update?.kind === "update" && insert?.kind === "insert");
  assertEquals(update.newTuple, ["1", UNCHANGED, "1.50"]);
  assertEquals(update.keyTuple, ["1", UNCHANGED, UNCHANGED]);
  assertEquals(insert.newTuple, ["1", "sad", "1.50"]);
  assert(removed?.kind === "delete" && truncate?.kind === "truncate");
  assertEquals(removed.keyTuple, ["1", UNCHANGED, UNCHANGED]);
  assertEquals(truncate.relationOids, [16385]);
});

Deno.test("wal2json() learns a table's shape without the catalog", async () => {
  const { messages } = await translate(wal2json(), [
    json("U", `,"columns":[${ID},${N}],"identity":[${ID}]`),
    json("U", `,"columns":[${ID},${MOOD}],"identity":[${ID}]`),
    json("I", `,"columns":[${ID},${MOOD},${N}]`),
  ], null);
  assertEquals(relations(messages), [
    [-1, "default", "*id 23 -1", "n 1700 -1"],
    [-1, "default", "*id 23 -1", "n 1700 -1", "m 16400 -1"],
    [-1, "default", "*id 23 -1", "m 16400 -1", "n 1700 -1"],
  ]);
});

Deno.test("wal2json() names the origin of a transaction", async () => {
  const begin = (origin: number) =>
    `{"action":"B","xid":7,"timestamp":"2000-01-01 00:00:00+00","origin":${origin},"lsn":"0/50","nextlsn":"0/60"}`;
  const { messages, questions } = await translate(
    wal2json(),
    [begin(0), begin(1), begin(1), begin(2)],
    null,
  );
  assertEquals(
    messages.map((one) => one.kind === "origin" ? one.name : one.kind),
    ["begin", "begin", "upstream", "begin", "upstream", "begin", "2"],
  );
  assertEquals(questions, ["origin 1", "origin 2"]);
});

Deno.test("wal2json() refuses format 1, and what lacks its options", async () => {
  for (
    const text of [
      '{"change":[]}',
      '{"action":"B","xid":7}',
      '{"action":"I","table":"t"}',
    ]
  ) {
    let error: unknown;
    await translate(wal2json(), [text], null).catch((e) => error = e);
    assert(error instanceof ProtocolError, `${text}: ${error}`);
  }
});
