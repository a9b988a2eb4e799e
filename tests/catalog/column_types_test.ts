import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { gather } from "../assembly/gather_events.ts";
import { type ReplicationEvent, toLsn } from "@walbrook/walbrook";
import type { TypeParsers } from "@walbrook/walbrook/values";
import type { PgoutputMessage } from "@walbrook/walbrook/pgoutput";
import type { TypeDescription } from "@walbrook/walbrook/values";
import type { LookUpTypes } from "../../src/catalog/column_types.ts";
import {
  encodeComposite,
  encodeInt4,
  encodeText,
} from "../values/encode_value.ts";
import {
  newAssembler,
  type NewAssemblerOptions,
} from "../assembly/new_assembler.ts";
import {
  begin,
  column,
  commit,
  insert as insertOf,
  relation as relationOf,
} from "../helpers/messages.ts";

const PAIR = 20000;
const schema = "public";

function pair(...names: readonly string[]): TypeDescription {
  return {
    kind: "composite",
    oid: PAIR,
    schema,
    name: "pair",
    attributes: names.map((name, i) => ({ name, typeOid: i === 0 ? 23 : 25 })),
  };
}

const BEGIN = begin(10);
const COMMIT = commit(10);

function typeMessage(oid: number, name: string): PgoutputMessage {
  return { kind: "type", walStart: toLsn(0n), oid, schema, name };
}

function relation(
  typeOid: number,
  { oid = 1, name = "t" }: { oid?: number; name?: string } = {},
): PgoutputMessage {
  return relationOf({ oid, name, columns: [column("c", { typeOid })] });
}

function insert(value: string | Uint8Array, relationOid = 1): PgoutputMessage {
  return insertOf([value], { relationOid });
}

/** Runs messages through an assembler with a catalog, which counts its questions. */
class Run {
  readonly asked: (readonly number[])[] = [];
  readonly told: string[] = [];
  readonly events: ReplicationEvent[] = [];
  catalog: readonly TypeDescription[] | Error;
  readonly #assembler;

  constructor(
    catalog: readonly TypeDescription[] | Error,
    options: NewAssemblerOptions = {},
  ) {
    this.catalog = catalog;
    const lookUp: LookUpTypes = (typeOids) => {
      this.asked.push(typeOids);
      return this.catalog instanceof Error
        ? Promise.reject(this.catalog)
        : Promise.resolve(this.catalog);
    };
    this.#assembler = newAssembler({
      lookUp,
      onBadValue: ({ relation: { name }, column, error }) =>
        this.told.push(`${name}.${column} ${error}`),
      ...options,
    });
  }

  async push(...messages: readonly PgoutputMessage[]): Promise<this> {
    for (const message of messages) {
      await gather(this.#assembler.push(message), this.events);
    }
    return this;
  }

  resume(): void {
    this.#assembler.resume();
  }

  get values(): unknown[] {
    return this.events.flatMap((event) =>
      event.kind === "insert" ? [event.newRow["c"]] : []
    );
  }
}

Deno.test("ColumnTypes asks once about a type, for all tables that have it", async () => {
  const run = await new Run([pair("a", "b")]).push(
    BEGIN,
    typeMessage(PAIR, "pair"),
    relation(PAIR),
    insert("(1,x)"),
    relation(PAIR, { oid: 2, name: "u" }),
    insert("(2,)", 2),
  );
  assertEquals(run.values, [{ a: 1, b: "x" }, { a: 2, b: null }]);
  assertEquals(run.asked, [[PAIR]]);
  assertEquals(run.told, []);
});

Deno.test("ColumnTypes asks again where a table is described again, or the connection is another", async () => {
  const run = await new Run([pair("a", "b")]).push(
    BEGIN,
    relation(PAIR),
    insert("(1,x)"),
    relation(PAIR, { oid: 2, name: "u" }),
  );
  run.catalog = [pair("a", "renamed")];
  await run.push(relation(PAIR), insert("(2,y)"), insert("(3,z)", 2), COMMIT);
  // A table that has not changed is no event, whatever its types do.
  assertEquals(
    run.events.map(({ kind }) => kind).join(" "),
    "begin relation insert relation insert insert commit",
  );
  run.resume();
  await run.push(BEGIN, relation(PAIR), insert("(4,y)"));
  assertEquals(run.asked, [[PAIR], [PAIR], [PAIR]]);
  assertEquals(run.values, [
    { a: 1, b: "x" },
    { a: 2, renamed: "y" },
    { a: 3, renamed: "z" },
    { a: 4, renamed: "y" },
  ]);
});

for (const binary of [false, true]) {
  Deno.test(`ColumnTypes asks again about a value that does not fit, once for each shape, binary: ${binary}`, async () => {
    const run = await new Run([pair("a", "b")], { binary }).push(
      BEGIN,
      relation(PAIR),
    );
    function row(...texts: readonly string[]): PgoutputMessage {
      const fields = texts.map((text, i) =>
        i === 0
          ? { oid: 23, value: encodeInt4(Number(text)) }
          : { oid: 25, value: encodeText(text) }
      );
      const { text, bytes } = encodeComposite(fields);
      return insert(binary ? bytes : text);
    }
    run.catalog = [pair("a", "b", "c")];
    await run.push(row("1", "x", "y"), row("2", "old"), row("3", "older"));
    assertEquals(run.asked.length, 3);
    run.catalog = [pair("a")];
    await run.push(row("4"), row("5", "x"), COMMIT);
    assertEquals(run.asked.length, 4);
    assertEquals(run.values, [
      { a: 1, b: "x", c: "y" },
      "(2,old)",
      "(3,older)",
      { a: 4 },
      "(5,x)",
    ]);
    assertEquals(run.told.length, 3);
    // What is read twice is counted once.
    assertEquals(
      run.events.map(({ kind, index }) => `${kind} ${index}`),
      [
        "begin 0",
        "relation 0",
        "insert 0",
        "insert 1",
        "insert 2",
        "insert 3",
        "insert 4",
        "commit 5",
      ],
    );
  });
}

Deno.test("ColumnTypes tells once on a connection that the catalog can't be asked", async () => {
  const run = await new Run(new Error("no more connections")).push(
    BEGIN,
    typeMessage(PAIR, "pair"),
    relation(PAIR),
    insert("(1,x)"),
    relation(PAIR, { oid: 2 }),
    insert("(2,y)", 2),
    COMMIT,
  );
  const text =
    't.c Error: Cannot look up type "public"."pair" of column "c": no more connections; its values are delivered as the server sends them';
  assertEquals(run.values, ["(1,x)", "(2,y)"]);
  assertEquals(run.told, [text]);
  run.resume();
  run.catalog = [pair("a", "b")];
  await run.push(BEGIN, relation(PAIR), insert("(3,z)"));
  assertEquals(run.values.at(-1), { a: 3, b: "z" });
  assertEquals(run.told, [text]);
});

Deno.test("what onBadValue throws goes through, and it is told of nothing twice", async () => {
  const strict = new Error("strict");
  let calls = 0;
  const onBadValue = () => {
    calls++;
    throw strict;
  };
  for (const catalog of [[], new Error("no more connections")]) {
    const run = new Run(catalog, { onBadValue });
    const error = await assertRejects(() => run.push(BEGIN, relation(PAIR)));
    assertEquals(error, strict);
  }
  const run = new Run([], { onBadValue });
  const rejected = await assertRejects(() =>
    run.push(BEGIN, relation(23), insert("no number"))
  );
  assertEquals(rejected, strict);
  assertEquals(calls, 3);
});

Deno.test("onBadValue is told once of a value whose row waits for the catalog, or has it in its key", async () => {
  const table = relation(PAIR);
  assert(table.kind === "relation");
  const [pairColumn] = table.columns;
  const number = { name: "n", typeOid: 23, typeModifier: -1, isKey: true };
  const wide = { ...table, columns: [number, pairColumn!] };
  const run = await new Run([pair("a", "b")]).push(BEGIN, wide);
  const newTuple = ["no number", "(1,x)"];
  await run.push({ ...insert(""), newTuple } as PgoutputMessage);
  assertEquals(run.told.length, 1);
  // The type has got another attribute.
  run.catalog = [pair("a", "b", "c")];
  const altered = ["no number", "(1,x,y)"];
  await run.push({ ...insert(""), newTuple: altered } as PgoutputMessage);
  assertEquals(run.values.at(-1), { a: 1, b: "x", c: "y" });
  assertEquals(run.told.length, 2);
  const update = { kind: "update", keyTuple: null, oldTuple: null } as const;
  await run.push(
    { ...insert(""), ...update, newTuple: altered } as PgoutputMessage,
  );
  assertEquals(run.told.length, 3, run.told.join("\n"));
});

const UNASKED: readonly (readonly [string, number, TypeParsers, boolean])[] = [
  ["a built-in type", 3904, {}, true],
  ["an array of one", 1016, {}, true],
  ["a domain over one", 20001, {}, false],
  ["a type with a function by its name", PAIR, { pair: (text) => text }, false],
  [
    "a type with a function by its OID",
    PAIR,
    { [PAIR]: (text) => text },
    false,
  ],
  [
    "a type with a function for each format",
    PAIR,
    { pair: { fromText: (text) => text, fromBinary: () => 1 } },
    true,
  ],
  ["a type whose OID is made up", -1, {}, false],
];

for (const [what, typeOid, types, binary] of UNASKED) {
  Deno.test(`ColumnTypes does not ask about ${what}`, async () => {
    const run = new Run([], { types, binary });
    await run.push(
      BEGIN,
      typeMessage(PAIR, "pair"),
      {
        kind: "type",
        walStart: toLsn(0n),
        oid: 20001,
        schema: "pg_catalog",
        name: "int8",
      },
      relation(typeOid),
    );
    assertEquals(run.asked, []);
    assertEquals(run.told, []);
  });
}

Deno.test("ColumnTypes asks about a type with a function for text alone where values are binary", async () => {
  const types = { pair: (text: string) => `own ${text}` };
  const run = new Run([pair("a", "b")], { types, binary: true });
  const { bytes } = encodeComposite([
    { oid: 23, value: encodeInt4(1) },
    { oid: 25, value: encodeText("x") },
  ]);
  await run.push(
    BEGIN,
    typeMessage(PAIR, "pair"),
    relation(PAIR),
    insert(bytes),
  );
  assertEquals(run.asked, [[PAIR]]);
  assertEquals(run.values, ["own (1,x)"]);
});

Deno.test("ColumnTypes asks about a domain over a built-in type where there are functions by name", async () => {
  const types = { positive: (text: string) => `positive ${text}` };
  const run = new Run(
    [{ kind: "domain", oid: 20001, schema, name: "positive", baseOid: 20 }],
    { types },
  );
  await run.push(
    BEGIN,
    {
      kind: "type",
      walStart: toLsn(0n),
      oid: 20001,
      schema: "pg_catalog",
      name: "int8",
    },
    relation(20001),
    insert("7"),
  );
  assertEquals(run.values, ["positive 7"]);
});

Deno.test("ColumnTypes reads a type that contains itself", async () => {
  const self: TypeDescription = {
    kind: "composite",
    oid: PAIR,
    schema,
    name: "pair",
    attributes: [{ name: "a", typeOid: 23 }, { name: "self", typeOid: PAIR }],
  };
  const run = new Run([self]);
  await run.push(BEGIN, relation(PAIR), insert('(1,"(2,)")'));
  assertEquals(run.values, [{ a: 1, self: "(2,)" }]);
});

Deno.test("MessageAssembler does not wait where nothing has to be looked up", () => {
  const assembler = newAssembler();
  const events: ReplicationEvent[] = [];
  for (const message of [BEGIN, relation(25), insert("x"), COMMIT]) {
    assertEquals(gather(assembler.push(message), events), undefined);
  }
  assertEquals(events.length, 4);
});

Deno.test("a bad value in binary format is delivered as text, or as bytes", async () => {
  const types: TypeParsers = {
    int4: () => {
      throw new RangeError("no");
    },
    vector: (text) => text,
  };
  const run = new Run([
    {
      kind: "base",
      oid: 20002,
      schema,
      name: "vector",
      sendFunction: "vector_send",
    },
  ], { types, binary: true });
  const four = Uint8Array.of(0, 0, 0, 4);
  const short = Uint8Array.of(4);
  await run.push(
    BEGIN,
    relation(23),
    insert(four),
    insert(short),
    relation(20002, { oid: 2 }),
    insert(four, 2),
  );
  assertEquals(run.values, ["4", short, four]);
  assertEquals(run.told.length, 3);
  const [delivered] = run.values.slice(-1);
  assertInstanceOf(delivered, Uint8Array);
  assert(delivered !== four);
});

Deno.test("ColumnTypes asks again on another connection about a value that did not fit before", async () => {
  const run = await new Run([pair("a", "b")]).push(
    BEGIN,
    relation(PAIR),
    insert("(1,x,y)"),
  );
  assertEquals([run.asked.length, run.values], [2, ["(1,x,y)"]]);
  run.resume();
  await run.push(BEGIN, relation(PAIR));
  run.catalog = [pair("a", "b", "c")];
  await run.push(insert("(2,x,y)"));
  assertEquals(run.asked.length, 4);
  assertEquals(run.values[1], { a: 2, b: "x", c: "y" });
});
