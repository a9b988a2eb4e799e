import { assert, assertEquals } from "@std/assert";
import {
  type GapEvent,
  parseLsn,
  type ReplicationEvent,
  UNCHANGED,
} from "@walbrook/walbrook";
import { JsonText } from "@walbrook/walbrook/encode";
import { formatPretty } from "../../packages/cli/src/text/pretty.ts";
import {
  escapeControls,
  palette,
  shorten,
} from "../../packages/cli/src/text/terminal_text.ts";
import { isoTime } from "../../packages/cli/src/text/timestamp_text.ts";
import { EMPTY, range } from "../values/value_table.ts";
import { valueText } from "../../packages/cli/src/text/value_text.ts";
import type { UnixMicros } from "@walbrook/walbrook";
import {
  BEGIN,
  COMMIT,
  insert,
  message,
  table,
  TRANSACTION,
  TRUNCATE,
  update,
} from "./events.ts";

const GAP: GapEvent = {
  kind: "gap",
  table: null,
  transaction: null,
  index: 0,
  reason: "startPassed",
  message: "changes are lost",
  from: parseLsn("16/B374D848"),
  to: parseLsn("16/B374D878"),
};
const ORDERS = table("public.orders", ["id*", "status", "note"]);
const AUDITED = table("audit.orders", ["id", "status", "note"], "full");

const PRETTY: readonly (readonly [string, ReplicationEvent, string])[] = [
  [
    "begin, with xid, time and position",
    BEGIN,
    "begin 755  2026-09-21 14:13:20.123456Z  16/B374D848",
  ],
  [
    "begin, with an origin",
    {
      ...BEGIN,
      kind: "begin",
      table: null,
      transaction: { ...TRANSACTION, origin: "eu\n" },
    },
    "begin 755  2026-09-21 14:13:20.123456Z  16/B374D848  from eu\\n",
  ],
  [
    "a gap",
    GAP,
    "gap  from 16/B374D848 to 16/B374D878  changes are lost",
  ],
  [
    "a gap that is still open",
    { ...GAP, to: null },
    "gap  from 16/B374D848 on  changes are lost",
  ],
  ["commit, with where it ends", COMMIT, "commit 755  up to 16/B374D878"],
  [
    "an insert, with null told from text",
    insert({ id: 1n, a: null, b: "null", c: "", d: "a b", e: true }),
    '  insert    orders       id=1 a=null b="null" c="" d="a b" e=true',
  ],
  [
    "an update with the old row: key and changes only",
    update(AUDITED, {
      key: null,
      oldRow: { id: 1, status: "pending", note: "x" },
      newRow: { id: 1, status: "paid", note: "x" },
    }),
    "  update    audit.orders id=1 status=pending → paid",
  ],
  [
    "an update to null",
    update(AUDITED, {
      key: null,
      oldRow: { id: 1, status: "pending", note: "x" },
      newRow: { id: 1, status: "pending", note: null },
    }),
    "  update    audit.orders id=1 note=x → null",
  ],
  [
    "an update that changed nothing",
    update(AUDITED, {
      key: null,
      oldRow: { id: 1, status: "a", note: new Uint8Array([1]) },
      newRow: { id: 1, status: "a", note: new Uint8Array([1]) },
    }),
    "  update    audit.orders id=1 (nothing changed)",
  ],
  [
    "an update without the old row: all, unchanged told from null",
    update(ORDERS, {
      key: { id: 7 },
      oldRow: null,
      newRow: { id: 8, status: null, note: UNCHANGED },
    }),
    "  update    orders       id=7 → 8 status=null note=(unchanged)",
  ],
  [
    "a delete, by its key",
    {
      ...insert({}),
      kind: "delete",
      relation: ORDERS,
      key: { id: 7 },
      oldRow: null,
    },
    "  delete    orders       id=7",
  ],
  ["truncate", TRUNCATE, "  truncate  a, audit.b  cascade"],
  [
    "a message",
    message("hello\u001b[2J"),
    "  message   audit        hello\\u001b[2J",
  ],
  [
    "a message outside of transactions",
    message("hello", null),
    "  message   audit        hello  outside of transactions, 0/15A8F30",
  ],
  [
    "a table, with its key",
    {
      kind: "relation",
      table: "public.orders",
      transaction: TRANSACTION,
      index: 1,
      relation: ORDERS,
      previous: null,
      changes: [],
    },
    "  table     orders       id* status note",
  ],
  [
    "a table that changed",
    {
      kind: "relation",
      table: "public.orders",
      transaction: TRANSACTION,
      index: 1,
      relation: table("public.orders", ["id*", "state"], "full"),
      previous: ORDERS,
      changes: [],
    },
    "  table     orders       id +state -status -note (replica identity full)",
  ],
];

for (const [what, event, line] of PRETTY) {
  Deno.test(`formatPretty() shows ${what}`, () => {
    assertEquals(formatPretty(event, palette(false)), `${line}\n`);
  });
}

Deno.test("formatPretty() colours what changed", () => {
  const event = update(AUDITED, {
    key: null,
    oldRow: { id: 1, status: "a", note: "x" },
    newRow: { id: 1, status: "b", note: "x" },
  });
  const line = formatPretty(event, palette(true));
  assert(line.includes("\x1b[31ma\x1b[39m"));
  assert(line.includes("\x1b[32mb\x1b[39m"));
});

Deno.test("formatPretty() keeps the difference of long values in sight", () => {
  const line = formatPretty(
    update(AUDITED, {
      key: null,
      oldRow: { id: 1, status: "a", note: `${"x".repeat(500)}old` },
      newRow: { id: 1, status: "a", note: `${"x".repeat(500)}new` },
    }),
    palette(false),
  );
  assertEquals(
    line,
    "  update    audit.orders id=1 note=…xxxxxxxxxxxxold → …xxxxxxxxxxxxnew\n",
  );
});

const VALUES: readonly (readonly [unknown, string])[] = [
  [null, "null"],
  [UNCHANGED, "(unchanged)"],
  ["(unchanged)", '"(unchanged)"'],
  ["unchanged", '"unchanged"'],
  ["Weiß", "Weiß"],
  ['say "hi" \\', '"say \\"hi\\" \\\\"'],
  ["a\r\nb\u0007\u009b\u202e", '"a\\r\\nb\\u0007\\u009b\\u202e"'],
  [9007199254740993n, "9007199254740993"],
  [-0, "-0"],
  [NaN, "NaN"],
  [new Uint8Array([0, 255]), "\\x00ff"],
  [["a", null, ["b c"]], '[a, null, ["b c"]]'],
  [new JsonText('{"a": 1}'), '{"a": 1}'],
  [
    { a: 1, "b c": [null, "x y"], d: {} },
    '{a: 1, "b c": [null, "x y"], d: {}}',
  ],
  [range(1, null, "[)"), "[1,)"],
  [range("a b", 2n, "(]"), '("a b",2]'],
  [EMPTY, "empty"],
  ["x".repeat(100), `${"x".repeat(59)}…`],
  ["💧".repeat(100), `"${"💧".repeat(58)}…`],
];

Deno.test("valueText() shows every kind of value harmlessly", () => {
  for (const [value, text] of VALUES) assertEquals(valueText(value), text);
});

Deno.test("shorten() counts characters, and cuts none in two", () => {
  assertEquals(shorten("💧💧💧", 3), "💧💧💧");
  assertEquals(shorten("💧💧💧💧", 3), "💧💧…");
});

Deno.test("escapeControls() escapes halves of surrogate pairs only", () => {
  assertEquals(escapeControls("💧\ud83d!"), "💧\\ud83d!");
});

Deno.test("isoTime() has all microseconds, before 1970 too", () => {
  assertEquals(isoTime(1n as UnixMicros), "1970-01-01T00:00:00.000001Z");
  assertEquals(isoTime(-1n as UnixMicros), "1969-12-31T23:59:59.999999Z");
});
