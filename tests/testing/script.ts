import { UNCHANGED } from "@walbrook/walbrook";
import type {
  FakeColumn,
  FakeRow,
  FakeServer,
  FakeTable,
  FakeTableChange,
  FakeTransaction,
  FakeType,
} from "@walbrook/walbrook/testing";
import type { SqlClient } from "../helpers/postgres.ts";

/** What a transaction does. */
export type Command =
  | { readonly insert: string; readonly row: FakeRow }
  | { readonly update: string; readonly where: FakeRow; readonly set: FakeRow }
  | { readonly delete: string; readonly where: FakeRow }
  | {
    readonly truncate: readonly string[];
    readonly restartIdentity?: boolean;
  }
  | { readonly message: string; readonly content: string };

/** One step of a script. */
export type Step =
  | { readonly transaction: readonly Command[] }
  | { readonly emit: string; readonly content: string }
  | { readonly create: string; readonly table: FakeTable }
  | { readonly alter: string; readonly change: FakeTableChange };

/** Does a step on a fake server. */
export function playOnFake(server: FakeServer, step: Step): void {
  if ("transaction" in step) {
    server.transaction((transaction) => {
      for (const command of step.transaction) run(transaction, command);
    });
  } else if ("emit" in step) server.message(step.emit, step.content);
  else if ("create" in step) server.createTable(step.create, step.table);
  else server.alterTable(step.alter, step.change);
}

function run(transaction: FakeTransaction, command: Command): void {
  if ("insert" in command) transaction.insert(command.insert, command.row);
  else if ("update" in command) {
    transaction.update(command.update, command.where, command.set);
  } else if ("delete" in command) {
    transaction.delete(command.delete, command.where);
  } else if ("truncate" in command) {
    const { truncate, restartIdentity = false } = command;
    transaction.truncate(truncate, { restartIdentity });
  } else transaction.message(command.message, command.content);
}

/** Does a step on a real server. */
export async function playOnPostgres(
  sql: SqlClient,
  step: Step,
): Promise<void> {
  const statements = sqlOf(step);
  await sql(statements.join(";\n"));
}

/** Defines types on a real server. */
export async function defineTypes(
  sql: SqlClient,
  types: Readonly<Record<string, FakeType>>,
): Promise<void> {
  for (const [name, type] of Object.entries(types)) {
    if ("enum" in type) {
      const labels = type.enum.map((label) => `'${label}'`);
      await sql(`CREATE TYPE ${name} AS ENUM (${labels})`);
    } else if ("domain" in type) {
      await sql(`CREATE DOMAIN ${name} AS ${type.domain}`);
    } else {
      const attributes = Object.entries(type.composite).map(([one, type]) =>
        `${one} ${type}`
      );
      await sql(`CREATE TYPE ${name} AS (${attributes})`);
    }
  }
}

function sqlOf(step: Step): readonly string[] {
  if ("transaction" in step) {
    return ["BEGIN", ...step.transaction.map(commandSql), "COMMIT"];
  }
  if ("emit" in step) {
    return [
      `SELECT pg_logical_emit_message(false, '${step.emit}', '${step.content}')`,
    ];
  }
  if ("create" in step) return createSql(step.create, step.table);
  return alterSql(step.alter, step.change);
}

function commandSql(command: Command): string {
  if ("insert" in command) {
    const names = Object.keys(command.row);
    const values = Object.values(command.row).map(literal);
    return `INSERT INTO ${command.insert} (${names}) VALUES (${
      values.join(", ")
    })`;
  }
  if ("update" in command) {
    const set = Object.entries(command.set).map(([name, value]) =>
      `${name} = ${literal(value)}`
    );
    return `UPDATE ${command.update} SET ${set.join(", ")} WHERE ${
      condition(command.where)
    }`;
  }
  if ("delete" in command) {
    return `DELETE FROM ${command.delete} WHERE ${condition(command.where)}`;
  }
  if ("truncate" in command) {
    return `TRUNCATE ${command.truncate.join(", ")}${
      command.restartIdentity ? " RESTART IDENTITY" : ""
    }`;
  }
  return `SELECT pg_logical_emit_message(true, '${command.message}', '${command.content}')`;
}

function condition(where: FakeRow): string {
  return Object.entries(where).map(([name, value]) =>
    `${name} = ${literal(value)}`
  ).join(" AND ");
}

function createSql(name: string, table: FakeTable): readonly string[] {
  const columns = Object.entries(table.columns).map(([name, column]) =>
    columnSql(name, column)
  );
  const { primaryKey } = table;
  if (primaryKey !== undefined) columns.push(`PRIMARY KEY (${primaryKey})`);
  const toasted = Object.entries(table.columns).flatMap(([column, one]) =>
    typeof one === "object" && one.toasted
      ? [`ALTER TABLE ${name} ALTER ${column} SET STORAGE EXTERNAL`]
      : []
  );
  const identity = table.replicaIdentity === undefined
    ? []
    : alterSql(name, { replicaIdentity: table.replicaIdentity });
  const rows = (table.rows ?? []).map((row) =>
    commandSql({ insert: name, row })
  );
  return [
    `CREATE TABLE ${name} (${columns.join(", ")})`,
    ...toasted,
    ...identity,
    ...rows,
  ];
}

function columnSql(name: string, column: string | FakeColumn): string {
  if (typeof column === "string") return `${name} ${column}`;
  const text = `${name} ${column.type}`;
  return column.default === undefined
    ? text
    : `${text} DEFAULT ${literal(column.default)}`;
}

function alterSql(name: string, change: FakeTableChange): readonly string[] {
  const alter = `ALTER TABLE ${name}`;
  if ("addColumn" in change) {
    return [`${alter} ADD ${columnSql(change.addColumn, change.as)}`];
  }
  if ("dropColumn" in change) return [`${alter} DROP ${change.dropColumn}`];
  if ("renameColumn" in change) {
    return [`${alter} RENAME ${change.renameColumn} TO ${change.to}`];
  }
  const { replicaIdentity } = change;
  if (typeof replicaIdentity === "string") {
    return [`${alter} REPLICA IDENTITY ${replicaIdentity}`];
  }
  const index = `${name.replace(".", "_")}_identity`;
  const columns = [replicaIdentity.index].flat();
  return [
    ...columns.map((column) => `${alter} ALTER ${column} SET NOT NULL`),
    `CREATE UNIQUE INDEX ${index} ON ${name} (${columns})`,
    `${alter} REPLICA IDENTITY USING INDEX ${index}`,
  ];
}

// Written as people write SQL, not as the fake server writes texts.
function literal(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
      return Number.isFinite(Number(value)) ? String(value) : `'${value}'`;
    case "string":
      return `'${value.replaceAll("'", "''")}'`;
    default:
      return composed(value);
  }
}

function composed(value: unknown): string {
  if (value === UNCHANGED) throw new TypeError("No value to store");
  if (value instanceof Uint8Array) return `'\\x${value.toHex()}'`;
  if (value instanceof Date) return `'${value.toISOString()}'`;
  if (value instanceof Json) {
    return `'${JSON.stringify(value.value).replaceAll("'", "''")}'`;
  }
  if (Array.isArray(value)) return literal(`{${value.map(element)}}`);
  return `ROW(${Object.values(value as object).map(literal).join(", ")})`;
}

// Each in quotes, of whatever type it is.
function element(value: unknown): string {
  return value === null
    ? "NULL"
    : `"${String(value).replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A value of JSON, which SQL writes otherwise than composites and arrays. */
export class Json {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  toJSON(): unknown {
    return this.value;
  }
}
