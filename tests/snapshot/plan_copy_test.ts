import { assertEquals } from "@std/assert";
import { isOutOfDate } from "../../src/snapshot/progress/is_out_of_date.ts";
import { planCopy } from "../../src/snapshot/progress/plan_copy.ts";
import type {
  CopiedVersion,
  TableProgress,
} from "../../src/snapshot/progress/snapshot_state.ts";
import type { PublishedTable } from "../../src/snapshot/read/published_table.ts";

const VERSION: CopiedVersion = {
  keyColumns: ["id"],
  columns: [[1, 20, -1, false], [3, 25, -1, false]],
  attributes: 3,
  filter: null,
  fileNode: "7",
};
const PROGRESS: TableProgress = {
  ...VERSION,
  ...{ schema: "public", name: "t", run: 1, where: null },
  ...{ after: ["9"], again: [], rows: 9, bytes: 90 },
};
const TABLE = {
  oid: 5,
  key: [{ name: "id" }],
  columns: VERSION.columns.map(([number, typeOid, typeModifier, isFilled]) => ({
    ...{ number, typeOid, typeModifier, isFilled },
  })),
  ...{ attributes: 3, filter: null, fileNode: "7" },
} as unknown as PublishedTable;

const VERSIONS: readonly [
  what: string,
  now: Partial<CopiedVersion>,
  isOutOfDate: boolean,
][] = [
  ["the same", {}, false],
  ["another key", { keyColumns: ["id", "part"] }, true],
  ["another row filter", { filter: "(id > 1)" }, true],
  ["a column that is left out", { columns: [[1, 20, -1, false]] }, false],
  [
    "a column that existed, and is published from now on",
    { columns: [...VERSION.columns, [2, 25, -1, false]] },
    true,
  ],
  [
    "a column that was added without a rewrite",
    { columns: [...VERSION.columns, [4, 25, -1, false]], attributes: 4 },
    false,
  ],
  [
    "a column that was added, each row with a value of its own",
    {
      ...{ columns: [...VERSION.columns, [4, 25, -1, true]], attributes: 4 },
      fileNode: "8",
    },
    true,
  ],
  [
    "a column of another type in the same file",
    { columns: [[1, 20, -1, false], [3, 1043, -1, false]] },
    false,
  ],
  [
    "a column of another type in another file",
    { columns: [[1, 20, -1, false], [3, 1043, -1, false]], fileNode: "8" },
    true,
  ],
  [
    "a longer varchar in another file",
    { columns: [[1, 20, -1, false], [3, 25, 24, false]], fileNode: "8" },
    true,
  ],
  ["another file with the same columns", { fileNode: "8" }, false],
];

for (const [what, now, expected] of VERSIONS) {
  Deno.test(`isOutOfDate() is ${expected} for ${what}`, () => {
    assertEquals(isOutOfDate(VERSION, { ...VERSION, ...now }), expected);
  });
}

Deno.test("isOutOfDate() trusts no type change of a partitioned table, which has no file", () => {
  const before = { ...VERSION, fileNode: "0" };
  const now = {
    ...before,
    columns: [[1, 20, -1, false], [3, 1043, -1, false]] as const,
  };
  assertEquals([isOutOfDate(before, before), isOutOfDate(before, now)], [
    ...[false, true],
  ]);
});

const PLANS: readonly [
  what: string,
  options: {
    readonly always?: boolean;
    readonly isWhole?: boolean;
    readonly isDone?: boolean;
    readonly isInitialized?: boolean;
    readonly progress?: TableProgress | null;
  },
  reason: string | null,
  isResumed: boolean,
][] = [
  ["nothing is known", {}, "initial", false],
  ["others were copied before", { isInitialized: true }, "added", false],
  ["it is copied", { isDone: true }, null, false],
  [
    "it is copied at every start",
    { isDone: true, always: true },
    ...["initial", false] as const,
  ],
  ["a part is copied", { progress: PROGRESS }, "resumed", true],
  [
    "a part is copied, and it is copied as a whole now",
    { progress: PROGRESS, isWhole: true },
    ...["rewritten", false] as const,
  ],
  [
    "its copy has begun, without a row",
    { progress: { ...PROGRESS, after: null } },
    ...["initial", false] as const,
  ],
  [
    "a part of an older version is copied",
    { progress: { ...PROGRESS, filter: "(id > 1)" } },
    ...["rewritten", false] as const,
  ],
];

for (const [what, options, reason, isResumed] of PLANS) {
  Deno.test(`planCopy() where ${what}: ${reason ?? "no copy"}`, () => {
    const { always = false, isWhole = false, progress = null } = options;
    const plan = planCopy(
      TABLE,
      {
        isDone: () => options.isDone ?? false,
        find: () => progress,
        isInitialized: options.isInitialized ?? false,
      },
      { always, isWhole },
    );
    assertEquals(
      plan && [plan.reason, plan.progress !== null],
      reason && [reason, isResumed],
    );
  });
}
