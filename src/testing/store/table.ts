import type { TableVersion, TextRow } from "../catalog/table_version.ts";

/** A table: its current definition, and its rows. */
export class Table {
  /** Its definition. */
  version: TableVersion;
  /** Its rows, by their primary key if there is one. */
  rows: Map<string, TextRow> = new Map();
  /** Its file, which changes when the table is truncated. */
  fileNode: number;
  /** How often its definition has changed. */
  changes = 0;
  #nextRow = 0;

  /** @param version Its definition. */
  constructor(version: TableVersion) {
    this.version = version;
    this.fileNode = version.oid;
  }

  /**
   * Returns the key under which a row is stored: the values of the primary key, or a number
   * if there is none.
   *
   * @throws {Error} If one of the values is NULL.
   */
  keyOf(row: TextRow): string {
    const { primaryKey, columns, schema, name } = this.version;
    if (primaryKey === null) return `#${this.#nextRow++}`;
    const values = primaryKey.map((number) => row[number - 1] ?? null);
    const at = values.indexOf(null);
    if (at < 0) return JSON.stringify(values);
    const column = columns.find(({ number }) => number === primaryKey[at]);
    throw new Error(
      `null value in column "${column?.name}" of relation "${name}" of schema "${schema}" violates not-null constraint`,
    );
  }
}
