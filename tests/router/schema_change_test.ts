import { assertEquals } from "@std/assert";
import type { Column, Relation, RelationEvent } from "../../mod.ts";
import { schemaChangeOf, type TableShape } from "../../src/router/mod.ts";

const ID: Column = { name: "id", typeOid: 20, typeModifier: -1, isKey: true };
const NOTE: Column = {
  name: "note",
  typeOid: 25,
  typeModifier: -1,
  isKey: false,
};
const TABLE: Relation = {
  oid: 1,
  schema: "public",
  name: "orders",
  replicaIdentity: "default",
  primaryKey: ["id"],
  columns: [ID, NOTE],
};
const READS_ID: TableShape = { columns: { id: 20 } };

function event(
  changes: RelationEvent["changes"],
  relation: Partial<Relation> = {},
): RelationEvent {
  return {
    kind: "relation",
    table: "public.orders",
    transaction: null,
    index: 0,
    relation: { ...TABLE, ...relation },
    previous: TABLE,
    changes,
  };
}

const LONGER = { ...NOTE, typeOid: 1043, typeModifier: 24 };

for (
  const [what, changed, shape, expected] of [
    ["nothing", event([]), {}, []],
    ["a new column", event([{ kind: "columnAdded", column: NOTE }]), {}, []],
    [
      "a column that joins the publication",
      event([{ kind: "columnPublished", column: NOTE }]),
      {},
      [],
    ],
    ["a dropped column", event([{ kind: "columnDropped", column: NOTE }]), {}, [
      "columnDropped",
    ]],
    [
      "a dropped column that is not read",
      event([{ kind: "columnDropped", column: NOTE }]),
      READS_ID,
      [],
    ],
    [
      "a column that leaves the publication",
      event([{ kind: "columnUnpublished", column: NOTE }]),
      {},
      ["columnUnpublished"],
    ],
    [
      "a column that disappears",
      event([{ kind: "columnRemoved", column: NOTE }]),
      {},
      ["columnRemoved"],
    ],
    [
      "a renamed column",
      event([{
        kind: "columnRenamed",
        previous: NOTE,
        column: { ...NOTE, name: "n" },
      }]),
      {},
      ["columnRenamed"],
    ],
    [
      "a longer varchar",
      event([{
        kind: "columnRetyped",
        previous: { ...LONGER, typeModifier: 14 },
        column: LONGER,
      }]),
      {},
      [],
    ],
    [
      "another type",
      event([{ kind: "columnRetyped", previous: NOTE, column: LONGER }]),
      {},
      ["columnRetyped"],
    ],
    [
      "another type of a column that is not read",
      event([{ kind: "columnRetyped", previous: NOTE, column: LONGER }]),
      READS_ID,
      [],
    ],
    [
      "the end of REPLICA IDENTITY FULL",
      event([{ kind: "replicaIdentityChanged", replicaIdentity: "full" }]),
      {},
      ["replicaIdentityChanged"],
    ],
    [
      "the beginning of REPLICA IDENTITY FULL",
      event([{ kind: "replicaIdentityChanged", replicaIdentity: "default" }], {
        replicaIdentity: "full",
      }),
      {},
      [],
    ],
    [
      "a primary key that becomes known",
      event([{ kind: "primaryKeyChanged", primaryKey: null }]),
      {},
      [],
    ],
    [
      "another primary key",
      event([{ kind: "primaryKeyChanged", primaryKey: ["note"] }]),
      {},
      ["primaryKeyChanged"],
    ],
    [
      "a primary key that is gone",
      event([{ kind: "primaryKeyChanged", primaryKey: ["id"] }], {
        primaryKey: null,
      }),
      { key: ["id"] },
      ["primaryKeyChanged"],
    ],
    ["a first description that fits", event([]), {
      key: ["id"],
      columns: { id: 20, note: 0 },
    }, []],
    [
      "a column that is not there",
      event([]),
      { columns: { id: 20, gone: 0 } },
      ["columnMissing"],
    ],
    ["a column that may be missing", event([]), {
      columns: { id: 20, gone: null },
    }, []],
    ["a type that differs", event([]), { columns: { id: 23 } }, [
      "columnTypeDiffers",
    ]],
    ["a key that differs", event([]), { key: ["id", "line"] }, ["keyDiffers"]],
    ["a key in another order", event([], { primaryKey: ["line", "id"] }), {
      key: ["id", "line"],
    }, []],
    [
      "a key that is unknown",
      event([], { primaryKey: null }),
      { key: ["id"] },
      [],
    ],
    [
      "a dropped column, once",
      event([{ kind: "columnDropped", column: NOTE }], { columns: [ID] }),
      { columns: { note: 25 } },
      ["columnDropped"],
    ],
  ] as const
) {
  Deno.test(`schemaChangeOf() takes ${what} for ${expected.length === 0 ? "no change" : expected}`, () => {
    assertEquals(
      schemaChangeOf(changed, shape)?.differences.map(({ kind }) => kind) ?? [],
      [...expected],
    );
  });
}
