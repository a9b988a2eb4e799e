import { assertEquals } from "@std/assert";
import {
  type Relation,
  type ReplicationEvent,
  toLsn,
  UNCHANGED,
  type UnixMicros,
} from "@walbrook/walbrook";
import { shownChange } from "../../../src/serve/page/shown_changes.ts";

const RELATION: Relation = {
  oid: 1,
  schema: "public",
  name: "t",
  replicaIdentity: "full",
  primaryKey: ["id"],
  columns: ["id", "a", "b", "c"].map((name) => ({
    name,
    typeOid: 25,
    typeModifier: -1,
    isKey: true,
  })),
};

const UPDATE: ReplicationEvent = {
  kind: "update",
  table: "public.t",
  relation: RELATION,
  transaction: {
    xid: 7,
    commitLsn: toLsn(1n),
    commitTime: 1_700_000_000_000_000n as UnixMicros,
    origin: null,
  },
  index: 0,
  lsn: toLsn(1n),
  key: { id: 5n },
  oldRow: { id: 5n, a: "old", b: "secret", c: "same" },
  newRow: { id: 5n, a: null, b: "new secret", c: "same" },
};

Deno.test("shownChange() masks every value but those of columns that are named", () => {
  const shown = shownChange(
    UPDATE,
    true,
    (table, column) => table === "public.t" && column === "a",
  );
  assertEquals(shown, {
    kind: "update",
    isFirst: true,
    xid: 7,
    time: "22:13:20",
    table: "public.t",
    key: [{ name: "id", value: "masked" }],
    columns: [
      { name: "a", before: { text: "old" }, value: "null" },
      { name: "b", before: "masked", value: "masked" },
    ],
  });
  assertEquals(JSON.stringify(shown).includes("secret"), false);
});

Deno.test("shownChange() tells unchanged values from null, and cuts long ones", () => {
  const event: ReplicationEvent = {
    ...UPDATE,
    oldRow: null,
    newRow: { id: 5n, a: UNCHANGED, b: "x".repeat(100), c: { n: 1n } },
  };
  assertEquals(shownChange(event, false, () => true)?.columns, [
    { name: "a", value: "unchanged" },
    { name: "b", value: { text: `${"x".repeat(60)}…` } },
    { name: "c", value: { text: '{"n":"1"}' } },
  ]);
  assertEquals(shownChange(event, false, () => true)?.key, [{
    name: "id",
    value: { text: "5" },
  }]);
});
