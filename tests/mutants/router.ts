import type { Mutant } from "./mutant.ts";

const ROUTER = "src/router/";
const TESTS = "tests/router/";

/** The mutants of `src/router/`. */
export const ROUTER_MUTANTS: readonly Mutant[] = [
  {
    breaks: "a later change of a failed row is handled before its retry",
    file: `${ROUTER}router.ts`,
    from: "      if (failed.has(key)) continue;\n",
    to: "",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a handler cannot end the delivery",
    file: `${ROUTER}router.ts`,
    from: "        throwFatal(error);\n",
    to: "",
    tests: ["tests/sink/opening_test.ts", `${TESTS}router_test.ts`],
  },
  {
    breaks: "a row that does not match its description is retried forever",
    file: `${ROUTER}router.ts`,
    from: "  if (cause instanceof RowError) return { retryable: false };\n",
    to: "",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a changed table is retried forever",
    file: `${ROUTER}router.ts`,
    from:
      "  if (error instanceof SchemaChangeError) return { retryable: false };\n",
    to: "",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a handler cannot say that a retry is useless",
    file: `${ROUTER}router.ts`,
    from: "    return { retryable, retryAfterMs };\n",
    to: "    return { retryable: true, retryAfterMs };\n",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a renamed table is not noticed",
    file: `${ROUTER}router.ts`,
    from: "this.#routes.get(before ?? event.table)",
    to: "this.#routes.get(event.table)",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a table that takes another table's name is not compared",
    file: `${ROUTER}router.ts`,
    from: "other !== undefined && other !== route",
    to: "false as boolean && other !== undefined",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a dropped column reads as undefined",
    file: `${ROUTER}router.ts`,
    from: "      route.missing,\n    );",
    to: "      [],\n    );\n    route.missing = new Set();",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a second registration replaces the handlers of a table",
    file: `${ROUTER}router.ts`,
    from: "if (this.#routes.has(name)) {",
    to: 'if (name === "") {',
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a router accepts kinds without a handler",
    file: `${ROUTER}router.ts`,
    from: "handlers[kind] !== undefined",
    to: "handlers !== undefined",
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a policy is ignored",
    file: `${ROUTER}router.ts`,
    from: 'if (policy !== "continue") throw',
    to: 'if (policy === "stop" && onSchemaChange === "stop") throw',
    tests: [`${TESTS}router_test.ts`],
  },
  {
    breaks: "a longer varchar stops the delivery",
    file: `${ROUTER}schema_change.ts`,
    from:
      "return isRead(change.column.name) &&\n        change.previous.typeOid !== change.column.typeOid;",
    to: "return isRead(change.column.name);",
    tests: [`${TESTS}schema_change_test.ts`],
  },
  {
    breaks: "a column that is published again stays missing",
    file: `${ROUTER}schema_change.ts`,
    from: "  for (const { name } of relation.columns) names.delete(name);\n",
    to: "",
    tests: [`${TESTS}router_test.ts`, `${TESTS}schema_change_test.ts`],
  },
  {
    breaks: "a key with another order of columns stops the delivery",
    file: `${ROUTER}schema_change.ts`,
    from: "key.every((name) => present.includes(name))",
    to: "key.every((name, i) => present[i] === name)",
    tests: [`${TESTS}schema_change_test.ts`],
  },
  {
    breaks: "a change of an unread column stops the delivery",
    file: `${ROUTER}schema_change.ts`,
    from: "columns === undefined || Object.hasOwn(columns, name)",
    to: 'name !== ""',
    tests: [`${TESTS}schema_change_test.ts`],
  },
];
