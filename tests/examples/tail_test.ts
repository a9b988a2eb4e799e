import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  AuthenticationError,
  ConnectionError,
  parseLsn,
  PostgresError,
  type ReplicationEvent,
  SubscriptionError,
} from "@walbrook/walbrook";
import { DeliveryError } from "@walbrook/walbrook/sink";
import { errorLines } from "../../packages/cli/src/command/error_lines.ts";
import { exitStatusFor } from "../../packages/cli/src/command/exit_status.ts";
import { parseArguments } from "../../packages/cli/src/command/parse_arguments.ts";
import { UsageError } from "../../packages/cli/src/command/usage_error.ts";
import {
  readTailOptions,
  type TailOptions,
} from "../../packages/cli/src/tail/arguments.ts";
import { ChangeLimit } from "../../packages/cli/src/tail/change_limit.ts";
import {
  filterOf,
  ofTables,
} from "../../packages/cli/src/tail/event_filter.ts";
import { TAIL } from "../../packages/cli/src/tail/spec.ts";
import { BEGIN, COMMIT, insert, message, TRUNCATE } from "./events.ts";

function read(
  line: string,
  variables: Record<string, string> = {},
): TailOptions {
  const words = line.split(" ").filter((word) => word !== "");
  const args = parseArguments(TAIL, words);
  assert(args !== null);
  return readTailOptions(args, (name) => variables[name]);
}

const DEMO: TailOptions = {
  source: { kind: "demo" },
  slot: undefined,
  createSlot: false,
  temporary: false,
  snapshot: false,
  plugin: "pgoutput",
  pluginOptions: {},
  publications: [],
  tables: [],
  where: null,
  startLsn: undefined,
  until: undefined,
  count: Infinity,
  format: "pretty",
  layout: "auto",
  verbose: false,
  color: true,
};

Deno.test("readTailOptions() falls back to the demo", () => {
  assertEquals(read(""), DEMO);
  assertEquals(read("", { DATABASE_URL: "", PGHOST: "" }), DEMO);
});

Deno.test("readTailOptions() reads every option", () => {
  const url = "postgres://app@localhost/shop";
  assertEquals(
    read(
      `${url} --slot s --publication a,b --create-slot --temporary --snapshot --start-lsn 0/A --until=16/B --count 20 --table c,d.e --table f --format ndjson --layout record --verbose --no-color`,
    ),
    {
      source: { kind: "server", connection: url },
      slot: "s",
      createSlot: true,
      temporary: true,
      snapshot: true,
      plugin: "pgoutput",
      pluginOptions: {},
      publications: ["a", "b"],
      tables: ["c", "d.e", "f"],
      where: null,
      startLsn: parseLsn("0/A"),
      until: parseLsn("16/B"),
      count: 20,
      format: "ndjson",
      layout: "record",
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

Deno.test("readTailOptions() takes the connection from the environment", () => {
  const source = (line: string, variables: Record<string, string>) =>
    read(line, variables).source;
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

Deno.test("parseArguments() lets the help go first", () => {
  assertEquals(parseArguments(TAIL, ["--help", "--nonsense"]), null);
  assertEquals(parseArguments(TAIL, ["-h"]), null);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["--frobnicate=3", "There is no option --frobnicate"],
  ["-x", "There is no option -x"],
  ["x --slot", "--slot needs a value"],
  ["x --slot --verbose", "--slot needs a value"],
  ["x --slot=", "--slot needs a value"],
  ["--frobnicate=", "There is no option --frobnicate"],
  ["x y", 'There is more than one connection: "y" comes too late'],
  ["x --count 0", '--count "0" is not a number'],
  ["x --count 1.5", '--count "1.5" is not a number'],
  ["x --count many", '--count "many" is not a number'],
  ["x --format xml", '--format "xml" is neither pretty nor ndjson'],
  ["x --layout wide", '--layout "wide" is none of auto, line, record'],
  ["x --slot a --slot b", "--slot is given more than once"],
  ["x --json --format pretty", "--json and --format pretty exclude"],
  ["x --where status", "--where: "],
  ["x --until then", '--until "then" is not a position'],
  ["x --start-lsn now", '--start-lsn "now" is not a position'],
  ["--slot s", "--slot needs a database"],
  ["--until now", "--until needs a database"],
  ["--plugin wal2json", "--plugin needs a database"],
  ["x --plugin wal2json --publication p", "--publication is for pgoutput"],
  ["x --plugin-option a=b", "--plugin-option needs another --plugin"],
  ["x --plugin p --plugin-option a", '--plugin-option "a" is no NAME=VALUE'],
];

for (const [line, said] of REFUSED) {
  Deno.test(`tail refuses ${line}`, () => {
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
  assertEquals(errorLines(serverError("XX000"), "tail"), [
    "tail: ERROR: it is\\u0007 so (SQLSTATE XX000)",
  ]);
  assertEquals(
    errorLines(serverError("XX000", { hint: "Do\nthat" }), "tail")[1],
    "Do that",
  );
  for (const code of ["55006", "28P01", "28000", "42501", "3D000", "53300"]) {
    assertEquals(errorLines(serverError(code), "tail").length, 2);
  }
  assertEquals(errorLines(new ConnectionError("No"), "tail"), ["tail: No"]);
  assertEquals(errorLines("thrown", "tail"), ["tail: thrown"]);
  const missing = errorLines(
    new SubscriptionError("slotMissing", "No slot"),
    "tail",
  );
  assert(missing[1]?.includes("--create-slot"));
});

Deno.test("exitStatusFor() tells apart who has to act", () => {
  const table: readonly (readonly [unknown, number])[] = [
    [new UsageError("x"), 64],
    [new TypeError("x"), 1],
    ["thrown", 1],
    [serverError("42501"), 1],
    [new ConnectionError("x"), 3],
    [new AuthenticationError("x"), 3],
    [serverError("28P01"), 3],
    [serverError("28000"), 3],
    [serverError("3D000"), 3],
    [serverError("53300"), 3],
    [serverError("57P03"), 3],
    [new SubscriptionError("walLevel", "x"), 1],
    [new SubscriptionError("slotUnusable", "x"), 4],
    [new SubscriptionError("startPassed", "x"), 4],
    [new DeliveryError("x", { destination: "d" }), 5],
  ];
  for (const [error, status] of table) {
    assertEquals(exitStatusFor(error), status, String(error));
  }
});

Deno.test("ChangeLimit counts what is shown, and lets the rest pass", () => {
  const change = insert({});
  const { passes } = filterOf([ofTables(["a"])])!;
  const limit = new ChangeLimit(1, passes);
  const events = [BEGIN, change, TRUNCATE, change, COMMIT, BEGIN];
  assertEquals(
    KINDS(limit.take(events)),
    "begin insert truncate insert commit",
  );
  assertEquals(limit.isReached, true);
});

Deno.test("EventFilter leaves out transactions of which nothing is left", () => {
  const change = insert({});
  const filter = filterOf([ofTables(["orders", "audit.b"])])!;
  const others = filterOf([ofTables(["somewhere.else"])])!;
  assertEquals(
    KINDS(filter.filter([BEGIN, change, COMMIT])),
    "begin insert commit",
  );
  assertEquals(KINDS(others.filter([BEGIN, change, COMMIT])), "");
  // A transaction may come in several batches.
  const pieces = [BEGIN, message("x"), change, COMMIT];
  const single = filterOf([ofTables(["public.orders"])])!;
  assertEquals(
    KINDS(pieces.flatMap((event) => single.filter([event]))),
    "begin insert commit",
  );
  assertEquals(KINDS(others.filter([TRUNCATE])), "");
  assertEquals(
    KINDS(filter.filter([BEGIN, TRUNCATE, COMMIT])),
    "begin truncate commit",
  );
});
