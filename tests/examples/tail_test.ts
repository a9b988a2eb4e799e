import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ConnectionError,
  parseLsn,
  PostgresError,
  type ReplicationEvent,
  SubscriptionError,
} from "@walbrook/walbrook";
import {
  readArguments,
  type TailOptions,
  UsageError,
} from "../../examples/tail/arguments.ts";
import { ChangeLimit } from "../../examples/tail/change_limit.ts";
import { errorLines, exitStatusFor } from "../../examples/tail/error_lines.ts";
import { BEGIN, COMMIT, insert, message, TRUNCATE } from "./events.ts";

function read(line: string, variables: Record<string, string> = {}) {
  return readArguments(
    line.split(" ").filter((word) => word !== ""),
    (name) => variables[name],
  );
}

const DEMO: TailOptions = {
  kind: "tail",
  source: { kind: "demo" },
  slot: undefined,
  createSlot: false,
  temporary: false,
  plugin: "pgoutput",
  pluginOptions: {},
  publications: [],
  startLsn: undefined,
  until: undefined,
  count: Infinity,
  format: "pretty",
  verbose: false,
  color: true,
};

Deno.test("readArguments() falls back to the demo", () => {
  assertEquals(read(""), DEMO);
  assertEquals(read("", { DATABASE_URL: "", PGHOST: "" }), DEMO);
});

Deno.test("readArguments() reads every option", () => {
  const url = "postgres://app@localhost/shop";
  assertEquals(
    read(
      `${url} --slot s --publication a,b --create-slot --temporary --start-lsn 0/A --until=16/B --count 20 --format ndjson --verbose --no-color`,
    ),
    {
      kind: "tail",
      source: { kind: "server", connection: url },
      slot: "s",
      createSlot: true,
      temporary: true,
      plugin: "pgoutput",
      pluginOptions: {},
      publications: ["a", "b"],
      startLsn: parseLsn("0/A"),
      until: parseLsn("16/B"),
      count: 20,
      format: "ndjson",
      verbose: true,
      color: false,
    },
  );
  assertEquals(read("--slot 007 host=a", {}), {
    ...DEMO,
    source: { kind: "server", connection: "host=a" },
    slot: "007",
  });
  assertEquals(
    read(
      "x --plugin wal2json --plugin-option a=1 --plugin-option=b=c=d",
    ),
    {
      ...DEMO,
      source: { kind: "server", connection: "x" },
      plugin: "wal2json",
      pluginOptions: { a: "1", b: "c=d" },
    },
  );
  assertEquals(read("x --until now"), {
    ...DEMO,
    source: { kind: "server", connection: "x" },
    until: "now",
  });
});

Deno.test("readArguments() takes the connection from the environment", () => {
  const source = (line: string, variables: Record<string, string>) => {
    const command = read(line, variables);
    return command.kind === "tail" ? command.source : command;
  };
  assertEquals(source("a=1", { DATABASE_URL: "u" }), {
    kind: "server",
    connection: "a=1",
  });
  assertEquals(source("", { DATABASE_URL: "u", PGHOST: "h" }), {
    kind: "server",
    connection: "u",
  });
  for (
    const name of [
      ...["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER"],
      "PGPORT",
    ]
  ) {
    assertEquals(source("", { [name]: "x" }), {
      kind: "server",
      connection: undefined,
    });
  }
});

Deno.test("readArguments() lets help and version go first", () => {
  assertEquals(read("--help --nonsense"), { kind: "help" });
  assertEquals(read("-h"), { kind: "help" });
  assertEquals(read("--version"), { kind: "version" });
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["--frobnicate=3", "There is no option --frobnicate"],
  ["-x", "There is no option -x"],
  ["x --slot", "--slot needs a value"],
  ["x --slot --verbose", "--slot needs a value"],
  ["x --slot=", "--slot needs a value"],
  ["--frobnicate=", "There is no option --frobnicate"],
  ["x y", 'There is more than one connection: "y" comes too late'],
  ["x --count 0", '--count "0" is no number'],
  ["x --count 1.5", '--count "1.5" is no number'],
  ["x --count many", '--count "many" is no number'],
  ["x --format xml", '--format "xml" is neither pretty nor ndjson'],
  ["x --until then", '--until "then" is no position'],
  ["x --start-lsn now", '--start-lsn "now" is no position'],
  ["--slot s", "--slot needs a database"],
  ["--until now", "--until needs a database"],
  ["--plugin wal2json", "--plugin needs a database"],
  ["x --plugin wal2json --publication p", "--publication is for pgoutput"],
  ["x --plugin-option a=b", "--plugin-option needs another --plugin"],
  ["x --plugin p --plugin-option a", '--plugin-option "a" is no NAME=VALUE'],
];

for (const [line, said] of REFUSED) {
  Deno.test(`readArguments() refuses ${line}`, () => {
    assertThrows(() => read(line), UsageError, said);
  });
}

const KINDS = (events: readonly ReplicationEvent[]) =>
  events.map(({ kind }) => kind).join(" ");

Deno.test("ChangeLimit lets the rest of a transaction pass, but no more changes", () => {
  const change = insert({});
  const relation: ReplicationEvent = {
    kind: "relation",
    table: change.table,
    transaction: change.transaction,
    index: 1,
    relation: change.relation,
    previous: null,
    changes: [],
  };
  const tables: [number, ReplicationEvent[], string, boolean][] = [
    [2, [BEGIN, change], "begin insert", false],
    [1, [BEGIN, change, COMMIT, BEGIN], "begin insert commit", true],
    [1, [change, message("x"), COMMIT], "insert message commit", true],
    [1, [change, change, COMMIT], "insert", true],
    [1, [TRUNCATE, relation, change], "truncate", true],
    [1, [change, COMMIT, message("x", null)], "insert commit", true],
  ];
  for (const [count, events, passed, isReached] of tables) {
    const limit = new ChangeLimit(count);
    assertEquals(KINDS(limit.take(events)), passed);
    assertEquals(limit.isReached, isReached);
    const single = new ChangeLimit(count);
    assertEquals(
      KINDS(events.flatMap((event) => single.take([event]))),
      passed,
    );
  }
});

function serverError(code: string, more: Record<string, string> = {}) {
  return new PostgresError({
    severity: "ERROR",
    code,
    message: "it\n  is\u0007 so",
    ...more,
  });
}

Deno.test("errorLines() says what to do, on at most two lines", () => {
  assertEquals(errorLines(serverError("XX000")), [
    "tail: ERROR: it is\\u0007 so (SQLSTATE XX000)",
  ]);
  assertEquals(
    errorLines(serverError("XX000", { hint: "Do\nthat" }))[1],
    "Do that",
  );
  for (const code of ["55006", "28P01", "28000", "42501", "3D000", "53300"]) {
    assertEquals(errorLines(serverError(code)).length, 2);
  }
  assertEquals(errorLines(new ConnectionError("No")), ["tail: No"]);
  assertEquals(errorLines("thrown"), ["tail: thrown"]);
  const missing = errorLines(new SubscriptionError("slotMissing", "No slot"));
  assert(missing[1]?.includes("--create-slot"));
});

Deno.test("exitStatusFor() is 2 for a wrong command line only", () => {
  assertEquals(exitStatusFor(new UsageError("x")), 2);
  assertEquals(exitStatusFor(new TypeError("x")), 1);
});
