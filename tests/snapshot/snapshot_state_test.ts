import { assertEquals } from "@std/assert";
import { readSnapshotState } from "../../src/snapshot/progress/snapshot_state.ts";

const TABLE = {
  ...{ schema: "public", name: "t", run: 1, where: null, after: ["7"] },
  ...{ again: [[["-1"], 9]], rows: 1, bytes: 2, keyColumns: ["id"] },
  ...{ columns: [[1, 23, -1, false]], attributes: 1, filter: null },
  fileNode: "7",
};
const STATE = {
  version: 1,
  initialized: true,
  done: [5],
  tables: { 6: TABLE },
};
const HOLD = { snapshot: "10:12:10", until: "0/10" };

for (
  const [what, state] of Object.entries({
    "one with a table under way": STATE,
    "one without any": { ...STATE, tables: {} },
    "one with changes to leave out": { ...STATE, holds: { 7: HOLD } },
    "one of a table of which nothing was copied": {
      ...STATE,
      tables: { 6: { ...TABLE, after: null } },
    },
  })
) {
  Deno.test(`readSnapshotState() takes ${what}`, () => {
    assertEquals<unknown>(readSnapshotState(state), state);
  });
}

// A store that has lost a part of it: what was copied is not known any more.
for (
  const [what, state] of Object.entries({
    "nothing": undefined,
    null: null,
    "a text": JSON.stringify(STATE),
    "another version": { ...STATE, version: 2 },
    "no list of tables that are done": { ...STATE, done: undefined },
    "no tables": { ...STATE, tables: null },
    "an empty table": { ...STATE, tables: { 6: null } },
    "a table without its rows to read again": {
      ...STATE,
      tables: { 6: { ...TABLE, again: undefined } },
    },
    "a table whose key is no list": {
      ...STATE,
      tables: { 6: { ...TABLE, after: "7" } },
    },
    "a damaged hold": { ...STATE, holds: { 7: { snapshot: "10:12:10" } } },
  })
) {
  Deno.test(`readSnapshotState() knows nothing from ${what}`, () => {
    assertEquals(readSnapshotState(state), null);
  });
}
