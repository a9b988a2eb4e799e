import { assertEquals } from "@std/assert";
import { type Lsn, type Row, UNCHANGED } from "@walbrook/walbrook";
import type {
  LoggedChange,
  LoggedTransaction,
} from "../../src/snapshot/reconcile/change_log.ts";
import { layOver, overlayOf } from "../../src/snapshot/reconcile/overlay.ts";

type Step = LoggedChange | "truncate";

const insert = (key: string): Step => ({
  oldKey: null,
  newKey: key,
  row: null,
});
const put = (key: string, row: Row | null): Step => ({
  oldKey: key,
  newKey: key,
  row,
});
const remove = (key: string): Step => ({
  oldKey: key,
  newKey: null,
  row: null,
});
const move = (from: string, to: string, row: Row | null): Step => ({
  oldKey: from,
  newKey: to,
  row,
});
const partial = (v: number): Row => ({ v, body: UNCHANGED });

function transaction(changes: readonly Step[]): LoggedTransaction {
  return { xid: 1, endLsn: 1n as Lsn, changes };
}

// What becomes of the chunk's row { v: 1, body: "old" } with the key "k".
const CASES: readonly (readonly [string, readonly Step[][], Row | null])[] = [
  ["no change", [], { v: 1, body: "old" }],
  ["a change of another row", [[put("x", null)]], { v: 1, body: "old" }],
  ["a delete", [[remove("k")]], null],
  ["a change that came whole", [[put("k", null)]], null],
  ["a change without the value", [[put("k", partial(2))]], {
    v: 2,
    body: "old",
  }],
  [
    "two changes without the value",
    [[put("k", partial(2))], [put("k", partial(3))]],
    { v: 3, body: "old" },
  ],
  [
    "a whole change, then one without the value",
    [[put("k", null)], [put("k", partial(3))]],
    null,
  ],
  [
    "a change without the value, then a whole one",
    [[put("k", partial(2))], [put("k", null)]],
    null,
  ],
  ["a delete, then an insert", [[remove("k")], [insert("k")]], null],
  ["an insert that came before a delete", [[insert("k"), remove("k")]], null],
  ["a move away", [[move("k", "z", partial(2))]], null],
  [
    "a move away, and another row to its place",
    [[move("k", "z", partial(2)), move("y", "k", partial(9))]],
    null,
  ],
  // The values that the new row lacks were in the row with the other key.
  ["another row's move to its key", [[move("y", "k", partial(9))]], null],
  ["a truncation", [["truncate"]], null],
  ["a truncation, then an insert", [["truncate"], [insert("k")]], null],
];

for (const [name, transactions, expected] of CASES) {
  Deno.test(`layOver() with ${name}`, () => {
    const overlay = overlayOf(transactions.map(transaction));
    assertEquals(layOver(overlay!, "k", { v: 1, body: "old" }), expected);
  });
}

Deno.test("layOver() takes a value from the last change that has it, or else from the chunk", () => {
  const overlay = overlayOf([
    transaction([put("k", { v: 2, body: "new", note: UNCHANGED })]),
    transaction([put("k", { v: 3, body: UNCHANGED, note: UNCHANGED })]),
  ]);
  assertEquals(layOver(overlay!, "k", { v: 1, body: "old", note: "n" }), {
    ...{ v: 3, body: "new", note: "n" },
  });
});

Deno.test("overlayOf() gives up where the changes were too many to be kept", () => {
  const large = { xid: 1, endLsn: 1n as Lsn, changes: null };
  assertEquals(overlayOf([large]), null);
});
