import { previousKeyOf, type RowEvent } from "../../encode/row_key.ts";
import type { Row } from "../../events/relation.ts";
import { UNCHANGED } from "../../unchanged.ts";
import type { UpdateEvent } from "../../events/row_event.ts";
import { arrayText, type TargetColumn, valueText } from "./column.ts";
import type { RunQuery } from "./describe_target.ts";
import { FoldedRows, isComplete } from "./fold_rows.ts";
import {
  deleteSql,
  insertSql,
  moveSql,
  putSql,
  seeSql,
  type StatementParts,
  updateSql,
} from "./sql.ts";
import type { PostgresTable } from "./tables.ts";

/** The state of a table besides its definition. */
export interface RowsState {
  /** The table of the keys that a copy brings; `null` for none. */
  readonly seen: string | null;
  /** Whether inserted rows may already exist. */
  readonly mayBeThere: boolean;
}

/** Writes the rows of one table, according to its last description. */
export class PostgresRows {
  /** The table. */
  readonly table: PostgresTable;
  readonly #query: RunQuery;
  readonly #seen: string | null;
  readonly #mayBeThere: boolean;
  readonly #keyColumns: readonly TargetColumn[];
  readonly #names: readonly string[];
  readonly #statements = new Map<string, string>();
  #folded: FoldedRows | null = null;
  #brought: Row[] = [];

  /**
   * @param query Runs a statement.
   * @param table The table.
   * @param state Where to record the keys of a copy, and whether inserted rows may already
   * exist.
   */
  constructor(query: RunQuery, table: PostgresTable, state: RowsState) {
    this.#query = query;
    this.table = table;
    this.#seen = state.seen;
    this.#mayBeThere = state.mayBeThere;
    this.#keyColumns = table.columns.filter(({ name }) =>
      table.keys.includes(name)
    );
    this.#names = table.columns.map(({ name }) => name);
  }

  /** Returns whether an update changes the row's key: then it is applied separately. */
  moves(event: RowEvent): event is UpdateEvent {
    return event.kind === "update" &&
      previousKeyOf(event, this.table.keyOptions) !== null;
  }

  /** Adds a change, to be applied together with others. */
  add(event: RowEvent): void {
    this.#folded ??= new FoldedRows(this.table.keys, this.#names);
    this.#folded.add(event);
    if (this.#seen !== null && event.kind !== "delete") {
      this.#brought.push(event.newRow);
    }
  }

  /** Applies the added changes, combined by row. */
  async flush(): Promise<void> {
    const folded = this.#folded;
    if (folded === null) return;
    this.#folded = null;
    const inserts: Row[] = [];
    const puts: Row[] = [];
    const sets: Row[] = [];
    const patches: Row[] = [];
    const deletes: Row[] = [];
    for (const { kind, row } of folded.changes) {
      if (kind === "insert") inserts.push(row);
      else if (kind === "put") puts.push(row);
      else if (kind === "set") sets.push(row);
      else if (kind === "patch") patches.push(row);
      else deletes.push(row);
    }
    // Deletions come first, because they free values that must be unique.
    if (deletes.length > 0) await this.#delete(deletes);
    if (sets.length > 0) await this.#set(sets);
    if (patches.length > 0) await this.#patch(patches);
    if (inserts.length > 0) await this.#insert(inserts);
    if (puts.length > 0) await this.#put(puts);
    await this.#see();
  }

  /** Discards the added changes. */
  clear(): void {
    this.#folded = null;
    this.#brought = [];
  }

  /** Changes the key of a row. */
  async move(event: UpdateEvent): Promise<void> {
    const { newRow } = event;
    const before = previousKeyOf(event, this.table.keyOptions)!;
    const columns = sentColumns(newRow, this.table.columns);
    const parts = this.#parts(columns);
    const values = [
      ...columns.map((column) => valueText(newRow[column.name], column)),
      ...this.#keyColumns.map((column) =>
        valueText(before[column.name], column)
      ),
    ];
    const { rowCount } = await this.#query(
      moveSql(parts, this.#keyColumns),
      values,
    );
    // A row that is missing here arrives whole, or as a copied row later.
    if (rowCount === 0 && isComplete(newRow, this.#names)) {
      await this.#put([newRow]);
    }
    if (this.#seen !== null) this.#brought.push(newRow);
    await this.#see();
  }

  #parts(columns: readonly TargetColumn[]): StatementParts {
    const { name, keys } = this.table;
    return { table: name, columns, keys };
  }

  async #insert(rows: readonly Row[]): Promise<void> {
    if (this.#mayBeThere) return await this.#put(rows);
    await this.#run("insert", this.table.columns, rows, insertSql);
  }

  async #put(rows: readonly Row[]): Promise<void> {
    const { columns } = this.table;
    await this.#run("put", columns, rows, putSql);
  }

  // A row that is missing here, because its copy has not arrived yet, is inserted.
  async #set(rows: readonly Row[]): Promise<void> {
    const { columns } = this.table;
    const changed = await this.#run("set", columns, rows, updateSql);
    if (changed < rows.length) await this.#put(rows);
  }

  // Columns that the server did not send are not changed.
  async #patch(rows: readonly Row[]): Promise<void> {
    const { columns } = this.table;
    const bySent = new Map<string, [readonly TargetColumn[], Row[]]>();
    for (const row of rows) {
      const sent = sentColumns(row, columns);
      const id = sent.map(({ name }) => name).join("\0");
      const group = bySent.get(id);
      if (group === undefined) bySent.set(id, [sent, [row]]);
      else group[1].push(row);
    }
    for (const [id, [sent, group]] of bySent) {
      await this.#run(`patch ${id}`, sent, group, updateSql);
    }
  }

  async #delete(rows: readonly Row[]): Promise<void> {
    await this.#run("delete", this.#keyColumns, rows, deleteSql);
  }

  async #see(): Promise<void> {
    const rows = this.#brought;
    if (this.#seen === null || rows.length === 0) return;
    this.#brought = [];
    const seen = this.#seen;
    await this.#run(
      "see",
      this.#keyColumns,
      rows,
      (parts) => seeSql({ ...parts, table: seen }),
    );
  }

  async #run(
    id: string,
    columns: readonly TargetColumn[],
    rows: readonly Row[],
    write: (parts: StatementParts) => string,
  ): Promise<number> {
    let text = this.#statements.get(id);
    if (text === undefined) {
      text = write(this.#parts(columns));
      this.#statements.set(id, text);
    }
    const values = columns.map((column) => arrayText(rows, column));
    const { rowCount } = await this.#query(text, values);
    return rowCount ?? 0;
  }
}

function sentColumns(
  row: Row,
  columns: readonly TargetColumn[],
): readonly TargetColumn[] {
  return columns.filter(({ name }) => row[name] !== UNCHANGED);
}
