import type { TableColumn, TextRow } from "../catalog/table_version.ts";
import { ServerError } from "../store/slots.ts";
import type { Table } from "../store/table.ts";
import { compareTexts } from "../values/key_order.ts";
import type { KnownQuery, QueryContext, Result } from "./answer.ts";
import { LITERAL, readLiteral, readLiterals } from "./statements.ts";

const NAME = '"(?:[^"]|"")*"';
const TABLE = `(?:ONLY )?(${NAME})\\.(${NAME})`;

/** `LOCK TABLE`, which fails only if a table does not exist. */
export const LOCK: KnownQuery = {
  pattern: new RegExp(
    `^LOCK TABLE (${TABLE}(?:, ${TABLE})*) IN ACCESS SHARE MODE(?: NOWAIT)?$`,
  ),
  answer: ([list = ""], context) => {
    for (
      const [, schema = "", name = ""] of list.matchAll(new RegExp(TABLE, "g"))
    ) tableOf(schema, name, context);
    return { kind: "done", tag: "LOCK TABLE" };
  },
};

/** The `COPY` of a part of a table, as written by `chunkQuery()` of `src/snapshot/read/`. */
export const COPY: KnownQuery = {
  pattern: new RegExp(
    `^COPY \\(SELECT (.*?) ?FROM ${TABLE}(?: WHERE (.*?))?(?: ORDER BY (.*?) LIMIT (\\d+))?\\) TO STDOUT( \\(FORMAT binary\\))?$`,
    "s",
  ),
  answer: (groups, context) => {
    const [list = "", schema = "", name = ""] = groups;
    const [condition, order, limit, format] = groups.slice(3);
    const table = tableOf(schema, name, context);
    const columns = selectedColumns(list, table);
    const key = order ? orderOf(order, table) : null;
    let rows = [...table.rows.values()];
    if (key !== null) rows.sort((a, b) => compareRows(a, b, key));
    if (condition) rows = rows.filter(conditionOf(condition, table));
    if (limit) rows = rows.slice(0, Number(limit));
    return {
      kind: "copy",
      isBinary: Boolean(format),
      width: columns.length,
      rows: rows.map((row) =>
        columns.map(({ number }) => row[number - 1] ?? null)
      ),
    } satisfies Result;
  },
};

/** The error for a part of a recognized query that the fake server does not understand. */
export class UnknownPart extends Error {}

function tableOf(
  schema: string,
  name: string,
  { database }: QueryContext,
): Table {
  const found = database.find(unquote(schema), unquote(name));
  if (found !== undefined) return found;
  throw new ServerError(
    "42P01",
    `relation "${unquote(schema)}.${unquote(name)}" does not exist`,
  );
}

function unquote(name: string): string {
  return name.slice(1, -1).replaceAll('""', '"');
}

// The text of a type's output function, where the library requests it in SQL.
const AS_TEXT = new RegExp(
  `^CASE WHEN (${NAME}) IS NOT NULL THEN pg_catalog\\.format\\('%s', (${NAME})\\) END$`,
);

function selectedColumns(list: string, table: Table): readonly TableColumn[] {
  if (list === "") return [];
  // Within a column there is no comma followed by a quoted name or CASE.
  return list.split(/, (?="|CASE )(?!"[^"]*"\) END)/).map((part) =>
    columnOf(AS_TEXT.exec(part)?.[1] ?? part, table)
  );
}

function columnOf(quoted: string, { version }: Table): TableColumn {
  if (!new RegExp(`^${NAME}$`).test(quoted)) throw new UnknownPart();
  const name = unquote(quoted);
  const found = version.columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  throw new ServerError("42703", `column "${name}" does not exist`);
}

const OPERATOR = 'OPERATOR\\("pg_catalog"\\.([<>=])\\)';
const ORDER = new RegExp(`(${NAME}) USING ${OPERATOR}`, "g");

function orderOf(order: string, table: Table): readonly TableColumn[] {
  if (order.replaceAll(ORDER, "").replaceAll(", ", "") !== "") {
    throw new UnknownPart();
  }
  return [...order.matchAll(ORDER)].map(([, name = ""]) =>
    columnOf(name, table)
  );
}

type Values = readonly (string | null)[];

function compareValues(
  a: Values,
  b: Values,
  key: readonly TableColumn[],
): number {
  for (const [i, { type }] of key.entries()) {
    const order = compareTexts(a[i] ?? "", b[i] ?? "", type.type);
    if (order !== 0) return order;
  }
  return 0;
}

function compareRows(
  a: TextRow,
  b: TextRow,
  key: readonly TableColumn[],
): number {
  return compareValues(valuesOf(a, key), valuesOf(b, key), key);
}

function valuesOf(row: TextRow, key: readonly TableColumn[]): Values {
  return key.map(({ number }) => row[number - 1] ?? null);
}

const CAST = '::"(?:[^"]|"")*"\\."(?:[^"]|"")*"';
const VALUE = `${LITERAL}${CAST}`;
const AFTER = new RegExp(
  `^\\(ROW\\((${NAME}(?:, ${NAME})*)\\) ${OPERATOR} ROW\\((${VALUE}(?:, ${VALUE})*)\\)\\)$`,
  "s",
);
const ANY = new RegExp(
  `^\\((${NAME}) ${OPERATOR} ANY \\(ARRAY\\[(${VALUE}(?:, ${VALUE})*)\\]\\)\\)$`,
  "s",
);
const EQUAL = `(${NAME}) ${OPERATOR} (${LITERAL})${CAST}`;

/** Creates a filter from one of the conditions that `chunkSelect()` writes. */
function conditionOf(
  condition: string,
  table: Table,
): (row: TextRow) => boolean {
  const after = AFTER.exec(condition);
  if (after?.[2] === ">") {
    const key = namesIn(after[1] ?? "").map((name) => columnOf(name, table));
    const values = readLiterals(withoutCasts(after[3] ?? ""));
    return (row) => compareValues(valuesOf(row, key), values, key) > 0;
  }
  const any = ANY.exec(condition);
  if (any?.[2] === "=") {
    const column = columnOf(any[1] ?? "", table);
    const values = new Set(readLiterals(withoutCasts(any[3] ?? "")));
    return (row) => values.has(row[column.number - 1] ?? "");
  }
  return alternativesOf(condition, table);
}

// `((a = 1 AND b = 2) OR (a = 3 AND b = 4))`
function alternativesOf(
  condition: string,
  table: Table,
): (row: TextRow) => boolean {
  const single = new RegExp(EQUAL, "gs");
  const alternatives: (readonly [TableColumn, string])[][] = [];
  const shape = condition.replaceAll(
    new RegExp(`\\(${EQUAL}(?: AND ${EQUAL})*\\)`, "gs"),
    (group) => {
      alternatives.push(
        [...group.matchAll(single)].map(
          ([, name = "", operator, literal = ""]) => {
            if (operator !== "=") throw new UnknownPart();
            return [columnOf(name, table), readLiteral(literal)] as const;
          },
        ),
      );
      return "?";
    },
  );
  if (!/^\(\?(?: OR \?)*\)$/.test(shape)) throw new UnknownPart();
  return (row) =>
    alternatives.some((parts) =>
      parts.every(([{ number }, text]) => row[number - 1] === text)
    );
}

function namesIn(list: string): readonly string[] {
  return [...list.matchAll(new RegExp(NAME, "g"))].map(([name]) => name);
}

function withoutCasts(list: string): string {
  return list.replaceAll(new RegExp(CAST, "g"), "");
}
