import { assertEquals } from "@std/assert";
import {
  type PgoutputMessage,
  type TupleData,
  UNCHANGED,
} from "@walbrook/walbrook/pgoutput";
import { readChangedKeys } from "../../src/snapshot/reconcile/changed_keys.ts";
import { insert, xLogData, xLogDataInChunk } from "../helpers/messages.ts";
import { encodePgoutputMessage } from "../pgoutput/encode_pgoutput_message.ts";

/** The positions of the key's columns: the third column, then the first. */
const PLACES = [2, 0];
const { walStart, relationOid } = insert([]);

function update(
  newTuple: TupleData,
  old: { keyTuple?: TupleData; oldTuple?: TupleData } = {},
): PgoutputMessage {
  const { keyTuple = null, oldTuple = null } = old;
  const place = { walStart, relationOid };
  return { kind: "update", ...place, keyTuple, oldTuple, newTuple };
}

function remove(
  keyTuple: TupleData | null,
  oldTuple: TupleData | null,
): PgoutputMessage {
  return { kind: "delete", walStart, relationOid, keyTuple, oldTuple };
}

const CASES: readonly [
  what: string,
  message: PgoutputMessage,
  oldKey: string | null,
  newKey: string | null,
][] = [
  ["an insert", insert(["1", "x", "a"]), null, "a\x001"],
  ["an update", update(["1", "x", "a"]), "a\x001", "a\x001"],
  [
    "an update of the key",
    update(["1", "x", "a"], { keyTuple: ["1", null, "b"] }),
    ...["b\x001", "a\x001"] as const,
  ],
  [
    "an update of the key with the whole old row",
    update(["1", "x", "a"], { oldTuple: ["2", "y", "a"] }),
    ...["a\x002", "a\x001"] as const,
  ],
  [
    "an update whose key is stored out of line",
    update(["1", "x", UNCHANGED], { keyTuple: ["2", null, "long"] }),
    ...["long\x002", "long\x001"] as const,
  ],
  ["a delete by key", remove(["1", null, "a"], null), "a\x001", null],
  ["a delete by row", remove(null, ["1", "x", "a"]), "a\x001", null],
  [
    "values in binary format",
    insert([Uint8Array.of(0, 0xff), "x", Uint8Array.of(7)]),
    ...[null, "07\x0000ff"] as const,
  ],
];

for (const place of [xLogData, xLogDataInChunk]) {
  for (const [what, message, oldKey, newKey] of CASES) {
    Deno.test(`readChangedKeys() reads ${what}, ${place.name}`, () => {
      const read = readChangedKeys(
        place(encodePgoutputMessage(message)),
        PLACES,
      );
      assertEquals(read, { oldKey, newKey });
    });
  }
}

Deno.test("readChangedKeys() returns null if a key column is missing", () => {
  for (
    const message of [
      remove([null, null, "a"], null),
      update(["1", "x", UNCHANGED]),
      insert(["1", "x"]),
    ]
  ) {
    const data = xLogData(encodePgoutputMessage(message));
    assertEquals(readChangedKeys(data, PLACES), null);
  }
});
