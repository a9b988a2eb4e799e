import { assertEquals } from "@std/assert";
import {
  parseLsn,
  type Relation,
  type ReplicationEvent,
  type Row,
  toLsn,
  type TransactionInfo,
  UNCHANGED,
  type UnixMicros,
} from "@walbrook/walbrook";
import {
  DebeziumEncoder,
  type DebeziumOptions,
  type DebeziumRecord,
  JSON_AS_TEXT,
} from "@walbrook/walbrook/encode";
import { TYPE_OID as OID } from "../../src/values/type_oid.ts";
import { range } from "../values/value_table.ts";

function column(
  name: string,
  typeOid: number,
  isKey = false,
  typeModifier = -1,
): Relation["columns"][number] {
  return { name, typeOid, typeModifier, isKey };
}

const CUSTOMERS: Relation = {
  oid: 1,
  schema: "public",
  name: "customers",
  replicaIdentity: "default",
  primaryKey: ["id"],
  columns: [
    column("id", OID.INT4, true),
    column("first_name", OID.VARCHAR),
    column("last_name", OID.VARCHAR),
    column("email", OID.VARCHAR),
  ],
};
const ANNE: Row = {
  id: 1,
  first_name: "Anne",
  last_name: "Kretchmar",
  email: "annek@noanswer.org",
};

function transaction(xid: number): TransactionInfo {
  return {
    xid,
    commitLsn: toLsn(24023200n),
    commitTime: 1_559_033_904_863_000n as UnixMicros,
    origin: null,
  };
}

const BASE = { transaction: transaction(556), index: 0 };
const OPTIONS: DebeziumOptions = {
  topicPrefix: "PostgreSQL_server",
  database: "postgres",
  now: () => 1559033904961,
};

function encode(
  event: ReplicationEvent,
  options: Partial<DebeziumOptions> = {},
): DebeziumRecord[] {
  return new DebeziumEncoder({ ...OPTIONS, ...options }).encode(event);
}

/** The payload of a record, without what the documentation's examples are too old for. */
function payload({ value }: DebeziumRecord): Record<string, unknown> {
  const { transaction: _, ts_us: _us, ts_ns: _ns, ...rest } = JSON.parse(
    value!,
  );
  const { ts_us, ts_ns, commit_lsn, sequence, snapshot, version, ...source } =
    rest.source;
  assertEquals(ts_us === undefined, false);
  assertEquals(ts_ns === undefined, false);
  assertEquals(version, "walbrook");
  // The connector writes it as text since 1.0, which its page does not show.
  assertEquals(typeof snapshot, "string");
  void commit_lsn, sequence;
  return { ...rest, source: { ...source, snapshot: snapshot === "true" } };
}

// "Debezium connector for PostgreSQL", Data change events: the examples' payloads.
function documentedSource(
  xid: number | undefined,
  lsn: number,
  table = { schema: "public", table: "customers" },
) {
  return {
    connector: "postgresql",
    name: "PostgreSQL_server",
    ts_ms: 1559033904863,
    snapshot: false,
    db: "postgres",
    ...table,
    ...xid === undefined ? {} : { txId: xid },
    lsn,
    xmin: null,
  };
}
const CREATE: ReplicationEvent = {
  ...BASE,
  kind: "insert",
  table: "public.customers",
  key: { id: 1 },
  transaction: transaction(555),
  relation: CUSTOMERS,
  newRow: ANNE,
  lsn: toLsn(24023128n),
};
const UPDATE: ReplicationEvent = {
  ...BASE,
  kind: "update",
  table: "public.customers",
  relation: CUSTOMERS,
  key: { id: 1 },
  oldRow: null,
  newRow: { ...ANNE, first_name: "Anne Marie" },
  lsn: toLsn(24023128n),
};
const DELETE: ReplicationEvent = {
  ...BASE,
  kind: "delete",
  table: "public.customers",
  relation: CUSTOMERS,
  key: { id: 1 },
  oldRow: null,
  lsn: toLsn(46523128n),
};
const MESSAGE: ReplicationEvent = {
  ...BASE,
  kind: "message",
  table: null,
  prefix: "foo",
  content: new TextEncoder().encode("bar"),
  lsn: toLsn(46523128n),
};

Deno.test("DebeziumEncoder writes the documented create event", () => {
  const [record] = encode(CREATE);
  assertEquals(record!.topic, "PostgreSQL_server.public.customers");
  assertEquals(record!.key, '{"id":1}');
  assertEquals(payload(record!), {
    before: null,
    after: ANNE,
    source: documentedSource(555, 24023128),
    op: "c",
    ts_ms: 1559033904961,
  });
});

Deno.test("DebeziumEncoder writes the documented update event", () => {
  const [record] = encode(UPDATE);
  assertEquals(payload(record!), {
    before: { id: 1 },
    after: { ...ANNE, first_name: "Anne Marie" },
    source: documentedSource(556, 24023128),
    op: "u",
    ts_ms: 1559033904961,
  });
});

Deno.test("DebeziumEncoder writes the documented delete event and its tombstone", () => {
  const [record, tombstone] = encode(DELETE);
  assertEquals(payload(record!), {
    before: { id: 1 },
    after: null,
    source: documentedSource(556, 46523128),
    op: "d",
    ts_ms: 1559033904961,
  });
  assertEquals(
    [tombstone!.topic, tombstone!.key, tombstone!.value],
    [record!.topic, '{"id":1}', null],
  );
  assertEquals(encode(DELETE, { tombstones: false }).length, 1);
});

Deno.test("DebeziumEncoder writes the documented truncate event, one for each table", () => {
  const records = encode({
    ...BASE,
    kind: "truncate",
    table: null,
    relations: [CUSTOMERS, { ...CUSTOMERS, name: "orders" }],
    cascade: false,
    restartIdentity: false,
    lsn: toLsn(46523128n),
  });
  assertEquals(records.map(({ topic, key }) => [topic, key]), [
    ["PostgreSQL_server.public.customers", null],
    ["PostgreSQL_server.public.orders", null],
  ]);
  assertEquals(payload(records[0]!), {
    source: documentedSource(556, 46523128),
    op: "t",
    ts_ms: 1559033904961,
  });
});

const NO_TABLE = { schema: "", table: "" };

Deno.test("DebeziumEncoder writes the documented message events", () => {
  const [record] = encode(MESSAGE);
  assertEquals(record!.topic, "PostgreSQL_server.message");
  assertEquals(record!.key, '{"prefix":"foo"}');
  assertEquals(payload(record!), {
    source: documentedSource(556, 46523128, NO_TABLE),
    op: "m",
    ts_ms: 1559033904961,
    message: { prefix: "foo", content: "YmFy" },
  });
  const [alone] = encode({ ...MESSAGE, transaction: null } as ReplicationEvent);
  assertEquals(payload(alone!), {
    source: {
      ...documentedSource(undefined, 46523128, NO_TABLE),
      ts_ms: 1559033904961,
    },
    op: "m",
    ts_ms: 1559033904961,
    message: { prefix: "foo", content: "YmFy" },
  });
});

Deno.test("DebeziumEncoder makes a delete, a tombstone and a create of a changed key", () => {
  const records = encode({
    ...UPDATE,
    newRow: { ...ANNE, id: 2 },
  } as ReplicationEvent);
  assertEquals(
    records.map(({ id, key, value, headers }) => [
      id,
      key,
      value && JSON.parse(value).op,
      headers,
    ]),
    [
      ["00000000016e90a0-00000000.0", '{"id":1}', "d", {
        "__debezium.newkey": '{"id":2}',
      }],
      ["00000000016e90a0-00000000.1", '{"id":1}', null, {}],
      ["00000000016e90a0-00000000.2", '{"id":2}', "c", {
        "__debezium.oldkey": '{"id":1}',
      }],
    ],
  );
});

Deno.test("DebeziumEncoder tells the last commit in the sequence, and the commit itself", () => {
  const encoder = new DebeziumEncoder(OPTIONS);
  const first = transaction(1);
  const second = { ...transaction(2), commitLsn: toLsn(24023300n) };
  const sources = [first, second].flatMap((transaction) =>
    ([
      { kind: "begin", table: null, transaction, index: 0 },
      { ...CREATE, transaction },
      {
        kind: "commit",
        table: null,
        transaction,
        index: 1,
        endLsn: parseLsn("0/1"),
      },
    ] as ReplicationEvent[]).flatMap((event) => encoder.encode(event))
  ).map(({ value }) => JSON.parse(value!).source);
  assertEquals(sources.map(({ sequence }) => JSON.parse(sequence)), [
    [null, "24023128"],
    ["24023200", "24023128"],
  ]);
  assertEquals(sources.map(({ commit_lsn }) => commit_lsn), [
    24023200,
    24023300,
  ]);
  assertEquals(sources[0].ts_ns, 1559033904863000000);
});

Deno.test("DebeziumEncoder writes transaction metadata where it is asked for", () => {
  const encoder = new DebeziumEncoder({
    ...OPTIONS,
    transactionMetadata: true,
  });
  const orders = { ...CUSTOMERS, name: "orders" };
  const events = [
    { ...BASE, kind: "begin" },
    { ...CREATE, ...BASE },
    { ...CREATE, ...BASE, index: 1, relation: orders },
    { ...CREATE, ...BASE, index: 2 },
    { ...BASE, kind: "commit", index: 3, endLsn: parseLsn("0/1") },
  ] as ReplicationEvent[];
  const records = events.flatMap((event) => encoder.encode(event));
  const values = records.map(({ value }) => JSON.parse(value!));
  assertEquals(records[0]!.topic, "PostgreSQL_server.transaction");
  assertEquals(records[0]!.key, '{"id":"556:24023200"}');
  assertEquals(values[0], {
    status: "BEGIN",
    id: "556:24023200",
    event_count: null,
    data_collections: null,
    ts_ms: 1559033904863,
  });
  assertEquals(values.slice(1, 4).map(({ transaction }) => transaction), [
    { id: "556:24023200", total_order: 1, data_collection_order: 1 },
    { id: "556:24023200", total_order: 2, data_collection_order: 1 },
    { id: "556:24023200", total_order: 3, data_collection_order: 2 },
  ]);
  assertEquals(values[4], {
    status: "END",
    id: "556:24023200",
    event_count: 3,
    data_collections: [
      { data_collection: "public.customers", event_count: 2 },
      { data_collection: "public.orders", event_count: 1 },
    ],
    ts_ms: 1559033904863,
  });
  const ids = records.map(({ id }) => id);
  assertEquals(ids.toSorted(), ids);
});

Deno.test("DebeziumEncoder says that a copied row was read", () => {
  const [record] = encode({
    kind: "read",
    table: "public.customers",
    key: { id: 1 },
    relation: CUSTOMERS,
    newRow: ANNE,
    lsn: toLsn(24023128n),
    index: 0,
    run: 1,
    transaction: null,
  });
  const { op, after, source } = JSON.parse(record!.value!);
  assertEquals([op, after, source.snapshot], ["r", ANNE, "true"]);
});

Deno.test("DebeziumEncoder has a record without a key for a table that has none", () => {
  const relation = {
    ...CUSTOMERS,
    replicaIdentity: "full",
    primaryKey: null,
  } as const;
  const event = {
    ...DELETE,
    relation,
    key: null,
    oldRow: ANNE,
  } as ReplicationEvent;
  const records = encode(event);
  assertEquals(records.length, 1);
  assertEquals(records[0]!.key, null);
  assertEquals(JSON.parse(records[0]!.value!).before, ANNE);
  const keys = { "public.customers": ["id"] };
  assertEquals(encode(event, { keys }).map(({ key }) => key), [
    '{"id":1}',
    '{"id":1}',
  ]);
});

Deno.test("DebeziumEncoder names topics with letters that topics may have", () => {
  const relation = { ...CUSTOMERS, schema: "Büro", name: "a b" };
  const [record] = encode({ ...CREATE, relation } as ReplicationEvent);
  assertEquals(record!.topic, "PostgreSQL_server.B_ro.a_b");
});

Deno.test("DebeziumEncoder takes no column for one that every object has", () => {
  const relation = {
    ...CUSTOMERS,
    columns: [column("id", OID.INT4, true), column("constructor", OID.TEXT)],
  };
  const [record] = encode({ ...DELETE, relation } as ReplicationEvent);
  assertEquals(JSON.parse(record!.value!).before, { id: 1 });
});

// The documentation's "Data type mappings", with decimal.handling.mode=string,
// interval.handling.mode=string, time.precision.mode=adaptive.
const MAPPED: readonly (readonly [
  name: string,
  typeOid: number,
  typeModifier: number,
  value: unknown,
  json: unknown,
])[] = [
  ["bigint", OID.INT8, -1, 9007199254740991n, 9007199254740991],
  ["numeric", OID.NUMERIC, -1, "1.50", "1.50"],
  ["numeric NaN", OID.NUMERIC, -1, "NaN", "NAN"],
  ["float8 NaN", OID.FLOAT8, -1, NaN, "NaN"],
  ["bytea", OID.BYTEA, -1, Uint8Array.of(1, 2, 255), "AQL/"],
  ["json", OID.JSON, -1, { a: [1, "x"] }, '{"a":[1,"x"]}'],
  ["json text", OID.JSONB, -1, JSON_AS_TEXT.jsonb("1e400"), "1e400"],
  ["date", OID.DATE, -1, "2018-06-20", 17702],
  ["date BC", OID.DATE, -1, "0001-12-31 BC", -719163],
  ["date infinity", OID.DATE, -1, "infinity", "infinity"],
  // "TIMESTAMP type".
  [
    "timestamp",
    OID.TIMESTAMP,
    -1,
    "2018-06-20 15:13:16.945104",
    1529507596945104,
  ],
  ["timestamp(3)", OID.TIMESTAMP, 3, "2018-06-20 15:13:16.945", 1529507596945],
  ["timestamp(0)", OID.TIMESTAMP, 0, "2018-06-20 15:13:16", 1529507596000],
  [
    "timestamptz",
    OID.TIMESTAMPTZ,
    -1,
    "2018-06-20 13:37:03.5+00",
    "2018-06-20T13:37:03.5Z",
  ],
  ["timestamptz infinity", OID.TIMESTAMPTZ, -1, "-infinity", "-infinity"],
  ["time", OID.TIME, -1, "04:05:06.789012", 14706789012],
  ["time(3)", OID.TIME, 3, "04:05:06.789", 14706789],
  ["time 24:00", OID.TIME, -1, "24:00:00", 86400000000],
  ["timetz", OID.TIMETZ, -1, "00:12:34.5+05:30", "18:42:34.5Z"],
  ["timetz west", OID.TIMETZ, -1, "22:00:00-08", "06:00:00Z"],
  [
    "interval",
    OID.INTERVAL,
    -1,
    "1 year 2 mons 3 days 04:05:06.78",
    "P1Y2M3DT4H5M6.78S",
  ],
  ["interval of nothing", OID.INTERVAL, -1, "00:00:00", "P0Y0M0DT0H0M0S"],
  [
    "interval, negative",
    OID.INTERVAL,
    -1,
    "-1 mons +1 day -00:00:00.000001",
    "P0Y-1M1DT0H0M-0.000001S",
  ],
  ["bit(1)", OID.BIT, 1, "1", true],
  ["bit(9)", OID.BIT, 9, "100000011", "AwE="],
  ["int4range", OID.INT4RANGE, -1, range(1, 5, "[)"), "[1,5)"],
  [
    "tsrange",
    OID.TSRANGE,
    -1,
    range("2024-01-01 00:00:00", null, "()"),
    '("2024-01-01 00:00:00",)',
  ],
  ["hstore", 16400, -1, { a: "1", b: null }, '{"a":"1","b":null}'],
  ["composite[]", 16401, -1, [{ a: 1n }, null], ['{"a":"1"}', null]],
  ["text[]", 1009, -1, ["a", null, ["b"]], ["a", null, ["b"]]],
  ["date[]", 1182, -1, ["2018-06-20"], [17702]],
  ["unchanged text", OID.TEXT, -1, UNCHANGED, "__debezium_unavailable_value"],
  [
    "unchanged bytea",
    OID.BYTEA,
    -1,
    UNCHANGED,
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",
  ],
  ["unchanged text[]", 1009, -1, UNCHANGED, ["__debezium_unavailable_value"]],
  ["NULL", OID.DATE, -1, null, null],
  [
    "a Date of the user's",
    OID.DATE,
    -1,
    new Date(0),
    "1970-01-01T00:00:00.000Z",
  ],
];

for (const [name, typeOid, typeModifier, value, expected] of MAPPED) {
  Deno.test(`DebeziumEncoder writes ${name}`, () => {
    const relation: Relation = {
      ...CUSTOMERS,
      columns: [column("c", typeOid, false, typeModifier)],
    };
    const [record] = encode({
      ...CREATE,
      relation,
      newRow: { c: value },
    } as ReplicationEvent);
    assertEquals(JSON.parse(record!.value!).after.c, expected);
  });
}

Deno.test("DebeziumEncoder writes what an infinite timestamp is there", () => {
  const relation: Relation = {
    ...CUSTOMERS,
    columns: [column("a", OID.TIMESTAMP), column("b", OID.TIMESTAMP)],
  };
  const [record] = encode({
    ...CREATE,
    relation,
    newRow: { a: "infinity", b: "-infinity" },
  } as ReplicationEvent);
  const after = record!.value!.match(/"after":(\{.*?\})/)![1];
  assertEquals(after, '{"a":9223372036825200000,"b":-9223372036832400000}');
});
