import { UNCHANGED } from "@walbrook/walbrook/pgoutput";

const X = "x".repeat(2100);
const Y = "y".repeat(2100);
const Z = "z".repeat(2100);

const WITH_DEFAULT = [
  "public.with_default",
  "default",
  "*id:23 name:1043(24) big:25",
];
const WITH_INDEX = ["public.with_index", "index", "id:23 *code:25 note:25"];
const WITH_FULL = [
  "public.with_full",
  "full",
  "*id:23 *price:1700(524294) *big:25",
];
const WITH_NOTHING = ["public.with_nothing", "nothing", "id:23"];
const PARENT = ["public.parent", "default", "*id:23"];
const CHILD = ["public.child", "default", "parent:23"];

/**
 * What the messages for each statement of WORKLOAD have to mean, in its order, with
 * every server alike. Begin and Commit around those of a transaction are left out.
 */
export const MEANING: readonly (readonly unknown[])[] = [
  [
    ["message", "xid"],
    ["message", "oid"],
    ["relation", ...WITH_DEFAULT],
    ["insert", "public.with_default", ["1", "a", X]],
    ["insert", "public.with_default", ["2", null, ""]],
  ],
  [["update", "public.with_default", {}, ["1", "b", UNCHANGED]]],
  [["update", "public.with_default", { key: ["2", null, null] }, [
    "-2147483648",
    null,
    "",
  ]]],
  [["delete", "public.with_default", { key: ["1", null, null] }]],
  [
    ["relation", ...WITH_INDEX],
    ["insert", "public.with_index", ["1", "one", null]],
  ],
  [["update", "public.with_index", {}, ["1", "one", "äöü€😀"]]],
  [["update", "public.with_index", { key: [null, "one", null] }, [
    "1",
    "eins",
    "äöü€😀",
  ]]],
  [["delete", "public.with_index", { key: [null, "eins", null] }]],
  [
    ["relation", ...WITH_FULL],
    ["insert", "public.with_full", ["1", "19.90", Y]],
    ["insert", "public.with_full", ["2", null, null]],
  ],
  [["update", "public.with_full", { old: ["1", "19.90", Y] }, [
    "1",
    "NaN",
    UNCHANGED,
  ]]],
  [["delete", "public.with_full", { old: ["2", null, null] }]],
  [
    ["relation", "public.with_big_key", "default", "*key:25 note:25"],
    ["insert", "public.with_big_key", [Z, "before"]],
  ],
  [["update", "public.with_big_key", { key: [Z, null] }, [UNCHANGED, "after"]]],
  [
    ["relation", ...WITH_NOTHING],
    ["insert", "public.with_nothing", ["2147483647"]],
  ],
  [
    ["message", "oid"],
    ["message", "oid"],
    ["type", "public.mood"],
    ["type", "pg_catalog.int4"],
    ["type", "Sché ma.Pair"],
    ["type", "public._mood"],
    [
      "relation",
      "public.own_types",
      "default",
      "m:public.mood p:pg_catalog.int4 q:Sché ma.Pair ms:public._mood",
    ],
    ["insert", "public.own_types", ["happy", "7", '(1,"x,""y")', "{sad,NULL}"]],
  ],
  [
    ["relation", 'Sché ma.Odd "name"', "default", "größe:25 b:17"],
    ["insert", 'Sché ma.Odd "name"', ["1", "\\x00ff"]],
  ],
  [
    ["relation", "public.no_columns", "default", ""],
    ["insert", "public.no_columns", []],
  ],
  [
    ["relation", ...PARENT],
    ["insert", "public.parent", ["1"]],
    ["relation", ...CHILD],
    ["insert", "public.child", ["1"]],
  ],
  [
    ["relation", ...WITH_INDEX],
    ["relation", ...WITH_NOTHING],
    ["truncate", ["public.with_index", "public.with_nothing"], {
      cascade: false,
      restartIdentity: false,
    }],
  ],
  [
    ["relation", ...PARENT],
    ["relation", ...CHILD],
    ["truncate", ["public.parent", "public.child"], {
      cascade: true,
      restartIdentity: false,
    }],
  ],
  [
    ["relation", ...WITH_FULL],
    ["truncate", ["public.with_full"], {
      cascade: false,
      restartIdentity: true,
    }],
  ],
  [
    ["relation", ...PARENT],
    ["relation", ...CHILD],
    ["truncate", ["public.parent", "public.child"], {
      cascade: true,
      restartIdentity: true,
    }],
  ],
  [],
  [
    ["origin", "upstream", "FFFFFFFE/12345678"],
    ["relation", ...WITH_NOTHING],
    ["insert", "public.with_nothing", ["1"]],
  ],
  [],
  [["outside", "préfixe", "00ff00"]],
  [["outside", "kept", "726f6c6c6564206261636b"]],
  [["message", "", ""]],
  [
    [
      "relation",
      "public.with_index",
      "index",
      "id:23 *code:25 note:25 added:1184",
    ],
    ["insert", "public.with_index", [
      "3",
      "three",
      null,
      "2001-02-03 04:05:06.789+00",
    ]],
  ],
];

/** What those for TWO_PHASE_WORKLOAD have to mean. */
export const TWO_PHASE_MEANING: readonly unknown[] = [
  ["beginPrepare", 'first "gid"'],
  ["message", "xid"],
  ["relation", ...WITH_NOTHING],
  ["insert", "public.with_nothing", ["10"]],
  ["prepare", 'first "gid"'],
  ["commitPrepared", 'first "gid"'],
  ["beginPrepare", "second"],
  ["message", "xid"],
  ["insert", "public.with_nothing", ["11"]],
  ["prepare", "second"],
  ["rollbackPrepared", "second"],
];

/** What those for STREAMED_WORKLOAD have to mean once they are put together again. */
export const STREAMED_MEANING: readonly unknown[] = [
  ["begin"],
  ["message", "xid"],
  ["type", "public.mood"],
  ["type", "pg_catalog.int4"],
  ["type", "Sché ma.Pair"],
  ["type", "public._mood"],
  [
    "relation",
    "public.own_types",
    "default",
    "m:public.mood p:pg_catalog.int4 q:Sché ma.Pair ms:public._mood",
  ],
  ["insert", "public.own_types", ["happy", "7", "(1,x)", "{sad}"]],
  ["relation", ...WITH_DEFAULT],
  ["insert", "public.with_default", ["100", "kept", null]],
  ["update", "public.with_default", {}, ["100", "b", null]],
  ["delete", "public.with_default", { key: ["100", null, null] }],
  ["relation", ...WITH_NOTHING],
  ["truncate", ["public.with_nothing"], {
    cascade: false,
    restartIdentity: false,
  }],
  ["message", "last", ""],
  ["commit"],
  ["begin"],
  ["origin", "upstream", "0/0"],
  ["relation", ...WITH_NOTHING],
  ["insert", "public.with_nothing", ["21"]],
  ["commit"],
];

/** What those for STREAMED_TWO_PHASE_WORKLOAD have to mean then. */
export const STREAMED_TWO_PHASE_MEANING: readonly unknown[] = [
  ["beginPrepare", "streamed"],
  ["relation", ...WITH_NOTHING],
  ["insert", "public.with_nothing", ["22"]],
  ["prepare", "streamed"],
  ["commitPrepared", "streamed"],
];
