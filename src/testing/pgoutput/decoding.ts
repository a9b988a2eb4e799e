import { INVALID_LSN, type Lsn } from "../../lsn.ts";
import { FIRST_UNKNOWN_OID } from "../catalog/data_type.ts";
import type { TableVersion } from "../catalog/table_version.ts";
import type { Change, LoggedTransaction, LogRecord } from "../wal/change.ts";
import * as write from "./pgoutput_writer.ts";

/** The content of a stream. */
export interface DecodingOptions {
  /** The server's major version. */
  readonly major: number;
  /** Whether to send messages. */
  readonly messages: boolean;
  /** Whether to send only changes without an origin. */
  readonly withoutOrigin: boolean;
  /** Returns whether a table is published. */
  readonly isPublished: (table: TableVersion) => boolean;
}

/** Receives a message of pgoutput, and its position. */
export type TakeMessage = (message: Uint8Array, position: Lsn) => void;

/** Creates pgoutput messages from the log, for one stream. */
export class Decoding {
  readonly #options: DecodingOptions;
  // The last description of each table.
  readonly #described = new Map<number, TableVersion>();

  /** @param options The content of the stream. */
  constructor(options: DecodingOptions) {
    this.#options = options;
  }

  /** Decodes a record. */
  decode(record: LogRecord, take: TakeMessage): void {
    if (record.kind === "transaction") return this.#transaction(record, take);
    if (!this.#options.messages) return;
    const { endLsn } = record;
    take(write.message({ ...record, lsn: endLsn }, false), endLsn);
  }

  #transaction(transaction: LoggedTransaction, take: TakeMessage): void {
    const { origin, firstLsn, endLsn } = transaction;
    const { major, withoutOrigin } = this.#options;
    if (withoutOrigin && origin !== null) return;
    const changes = transaction.changes.flatMap((one) => this.#filter(one));
    // Up to 14 the server sends empty transactions, too.
    if (changes.length === 0 && major >= 15) return;
    take(write.begin(transaction), firstLsn);
    if (origin !== null) take(write.origin(origin), INVALID_LSN);
    for (const change of changes) {
      for (const table of tablesOf(change)) {
        this.#describe(table, change.lsn, take);
      }
      take(write.change(change), change.lsn);
    }
    take(write.commit(transaction), endLsn);
  }

  #filter(change: Change): Change[] {
    const { messages, isPublished } = this.#options;
    switch (change.kind) {
      case "message":
        return messages ? [change] : [];
      case "truncate": {
        const tables = change.tables.filter(isPublished);
        return tables.length === 0 ? [] : [{ ...change, tables }];
      }
      case "insert":
      case "update":
      case "delete":
        return isPublished(change.table) ? [change] : [];
    }
  }

  #describe(table: TableVersion, position: Lsn, take: TakeMessage): void {
    if (this.#described.get(table.oid) === table) return;
    this.#described.set(table.oid, table);
    for (const { type } of table.columns) {
      if (type.type.oid < FIRST_UNKNOWN_OID) continue;
      take(write.type(type.type), position);
    }
    take(write.relation(table), position);
  }
}

function tablesOf(change: Change): readonly TableVersion[] {
  switch (change.kind) {
    case "message":
      return [];
    case "truncate":
      return change.tables;
    case "insert":
    case "update":
    case "delete":
      return [change.table];
  }
}
