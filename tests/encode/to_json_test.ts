import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  parseLsn,
  type ReplicationEvent,
  UNCHANGED,
  type UnixMicros,
} from "@walbrook/walbrook";
import {
  JSON_AS_TEXT,
  NdjsonStream,
  toJson,
  toNdjson,
} from "@walbrook/walbrook/encode";
import { jsonText } from "../../src/encode/json_text.ts";
import {
  BEGIN,
  COMMIT,
  insert,
  message,
  table,
  TRANSACTION,
  TRUNCATE,
  update,
} from "../examples/events.ts";

const ORDERS = table("public.orders", ["id*", "status", "note"]);
const HEAD =
  '"transaction":{"xid":755,"commitLsn":"16/B374D848","commitTime":"2026-09-21T14:13:20.123456Z","origin":null}';

const EVENTS: readonly (readonly [string, ReplicationEvent, string])[] = [
  ["begin", BEGIN, `{"kind":"begin",${HEAD},"index":0}`],
  [
    "commit",
    COMMIT,
    `{"kind":"commit",${HEAD},"index":9,"endLsn":"16/B374D878"}`,
  ],
  [
    "insert, with its key",
    { ...insert({ status: "paid", id: 7n }), relation: ORDERS },
    `{"kind":"insert","version":"00000016b374d848-00000002",${HEAD},"index":2,"lsn":"0/15A8F30","relation":{"schema":"public","name":"orders"},"key":{"id":"7"},"newRow":{"id":"7","status":"paid"}}`,
  ],
  [
    "update, with what was not sent listed",
    update(ORDERS, {
      key: { id: 1 },
      oldRow: null,
      newRow: { id: 2, status: null, note: UNCHANGED },
    }),
    `{"kind":"update","version":"00000016b374d848-00000003",${HEAD},"index":3,"lsn":"0/15A8F30","relation":{"schema":"public","name":"orders"},"key":{"id":1},"oldRow":null,"newRow":{"id":2,"status":null},"unchanged":["note"]}`,
  ],
  [
    "delete of a table without a key",
    {
      ...insert({}),
      kind: "delete",
      relation: table("a.b", ["id"], "full"),
      key: null,
      oldRow: { id: 1 },
    },
    `{"kind":"delete","version":"00000016b374d848-00000002",${HEAD},"index":2,"lsn":"0/15A8F30","relation":{"schema":"a","name":"b"},"key":null,"oldRow":{"id":1}}`,
  ],
  [
    "truncate",
    TRUNCATE,
    `{"kind":"truncate","version":"00000016b374d848-00000005",${HEAD},"index":5,"lsn":"0/15A8F30","relations":[{"schema":"public","name":"a"},{"schema":"audit","name":"b"}],"cascade":true,"restartIdentity":false}`,
  ],
  [
    "message of bytes, outside of a transaction",
    message(Uint8Array.of(255, 1), null),
    `{"kind":"message","version":"00000000015a8f2e-00000000","transaction":null,"index":4,"lsn":"0/15A8F30","prefix":"audit","content":{"hex":"ff01"}}`,
  ],
  [
    "gap that is open",
    {
      kind: "gap",
      table: null,
      transaction: null,
      index: 0,
      reason: "startPassed",
      message: "changes are lost",
      from: parseLsn("16/B374D848"),
      to: null,
    },
    `{"kind":"gap","transaction":null,"index":0,"reason":"startPassed","message":"changes are lost","from":"16/B374D848","to":null}`,
  ],
  [
    "commit of what was prepared",
    {
      kind: "commitPrepared",
      table: null,
      transaction: null,
      index: 0,
      xid: 4294967295,
      gid: 'a"b',
      commitLsn: parseLsn("0/1"),
      commitTime: 0n as UnixMicros,
      endLsn: parseLsn("FFFFFFFF/FFFFFFFF"),
    },
    `{"kind":"commitPrepared","transaction":null,"index":0,"xid":4294967295,"gid":"a\\"b","endLsn":"FFFFFFFF/FFFFFFFF"}`,
  ],
];

for (const [name, event, expected] of EVENTS) {
  Deno.test(`toJson() writes ${name}`, () => {
    assertEquals(toJson(event), expected);
    JSON.parse(toJson(event));
    assertEquals(toNdjson(event), `${expected}\n`);
  });
}

Deno.test("toJson() writes what a table is and was", () => {
  const relation = table("public.orders", ["id*"]);
  const text = toJson({
    kind: "relation",
    table: "public.orders",
    transaction: TRANSACTION,
    index: 0,
    relation,
    previous: null,
    changes: [],
  });
  assertEquals(JSON.parse(text).relation, JSON.parse(JSON.stringify(relation)));
  assertEquals(JSON.parse(text).previous, null);
});

Deno.test("toJson() writes a copied row with the run that it belongs to", () => {
  const text = toJson({
    kind: "read",
    table: "public.orders",
    key: { id: 1 },
    relation: ORDERS,
    newRow: { id: 1, status: "paid" },
    lsn: parseLsn("0/10"),
    index: 3,
    run: 2,
    transaction: null,
  });
  const { version, transaction, run, key } = JSON.parse(text);
  assertEquals([transaction, run, key], [null, 2, { id: 1 }]);
  assertEquals(version.slice(0, 26), "000000000000000f-00000003-");
});

Deno.test("toJson() takes no column for one that every object has", () => {
  const relation = table("public.t", ["id*", "constructor", "__proto__"]);
  const newRow = JSON.parse('{"id":1,"constructor":2,"__proto__":3}');
  const event = update(relation, { key: { id: 1 }, oldRow: null, newRow });
  assert(
    toJson(event).endsWith(
      '"key":{"id":1},"oldRow":null,"newRow":{"id":1,"constructor":2,"__proto__":3}}',
    ),
    toJson(event),
  );
});

Deno.test("toJson() writes where the copy of a table begins, stands and ends", () => {
  const place = {
    table: "public.orders",
    relation: ORDERS,
    transaction: null,
    index: 0,
    lsn: parseLsn("0/10"),
    run: 2,
  } as const;
  const events: ReplicationEvent[] = [
    {
      kind: "snapshotBegin",
      ...place,
      reason: "initial",
      estimatedRows: null,
      estimatedBytes: 8192,
    },
    { kind: "chunk", ...place, rows: 7 },
    { kind: "snapshotEnd", ...place, rows: 7, aborted: null },
  ];
  const common =
    '"transaction":null,"index":0,"lsn":"0/10","relation":{"schema":"public","name":"orders"},"run":2';
  assertEquals(events.map(toJson), [
    `{"kind":"snapshotBegin",${common},"reason":"initial","estimatedRows":null,"estimatedBytes":8192}`,
    `{"kind":"chunk",${common},"rows":7}`,
    `{"kind":"snapshotEnd",${common},"rows":7,"aborted":null}`,
  ]);
});

Deno.test("toJson() tells transactions apart that follow each other", () => {
  const other = { ...TRANSACTION, xid: 756, origin: 'eu"' };
  const texts = [TRANSACTION, other, TRANSACTION].map((transaction) =>
    JSON.parse(toJson({ kind: "begin", table: null, transaction, index: 0 }))
      .transaction
  );
  assertEquals(texts.map(({ xid, origin }) => [xid, origin]), [
    [755, null],
    [756, 'eu"'],
    [755, null],
  ]);
});

const VALUES: readonly (readonly [unknown, string])[] = [
  [9007199254740993n, '"9007199254740993"'],
  [Uint8Array.of(0, 255), '"\\\\x00ff"'],
  [NaN, '"NaN"'],
  [-Infinity, '"-Infinity"'],
  [-0, "-0"],
  [0, "0"],
  [1e21, "1e+21"],
  ['\u2028 \u0000 \ud800 " \\', '"\u2028 \\u0000 \\ud800 \\" \\\\"'],
  ["a".repeat(100), `"${"a".repeat(100)}"`],
  [[1n, null, [true, "x"]], '["1",null,[true,"x"]]'],
  [JSON.parse('{"__proto__": {"a": 1}}'), '{"__proto__":{"a":1}}'],
  [{ toJSON: 1 }, '{"toJSON":1}'],
  [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [
    JSON_AS_TEXT.json('{"n":\r\n 12345678901234567890}'),
    '{"n":  12345678901234567890}'.replace("  ", "  "),
  ],
];

for (const [value, expected] of VALUES) {
  Deno.test(`jsonText() writes ${expected.slice(0, 40)}`, () => {
    assertEquals(jsonText(value), expected);
    JSON.parse(jsonText(value));
  });
}

Deno.test("jsonText() refuses UNCHANGED, which is no value", () => {
  assertThrows(
    () => jsonText([UNCHANGED]),
    TypeError,
    "Cannot write UNCHANGED",
  );
});

Deno.test("NdjsonStream takes events and batches of them", async () => {
  const stream = ReadableStream.from<ReplicationEvent | ReplicationEvent[]>([
    BEGIN,
    [TRUNCATE, COMMIT],
  ]).pipeThrough(new NdjsonStream());
  const text = (await Array.fromAsync(stream)).join("");
  assertEquals(text, [BEGIN, TRUNCATE, COMMIT].map(toNdjson).join(""));
});
