import type { TableVersion, TextRow } from "../catalog/table_version.ts";

/** A table: its definition as it is now, and its rows. */
export class Table {
  /** Its definition. */
  version: TableVersion;
  /** Its rows, by their primary key where there is one. */
  rows: Map<string, TextRow> = new Map();
  /** The file that it lies in: another one once it was emptied. */
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
   * By what a row is found: the values of the primary key, or a number where there is none.
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
