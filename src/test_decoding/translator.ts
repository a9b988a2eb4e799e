import { ProtocolError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type {
  PluginPayload,
  PluginTranslator,
} from "../output_plugin/output_plugin.ts";
import { RelationCache } from "../output_plugin/relation_cache.ts";
import { type NamedChange, rowMessage } from "../output_plugin/row_message.ts";
import type {
  SeenAt,
  SeenColumn,
  SeenRelation,
} from "../output_plugin/seen_relation.ts";
import type { PluginCatalog } from "../output_plugin/plugin_catalog.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import type { UnixMicros } from "../timestamp.ts";
import { decodeTestDecodingMessage } from "./decode_message.ts";
import type {
  TestDecodingColumn,
  TestDecodingCommit,
  TestDecodingDelete,
  TestDecodingInsert,
  TestDecodingRelation,
  TestDecodingTruncate,
  TestDecodingUpdate,
} from "./message.ts";

type Change = TestDecodingInsert | TestDecodingUpdate | TestDecodingDelete;
type Translation =
  | readonly PgoutputMessage[]
  | Promise<readonly PgoutputMessage[]>;

/** Translates the messages of `test_decoding` to those of `pgoutput`. */
export class TestDecodingTranslator implements PluginTranslator {
  readonly #book = new RelationCache();
  #inTransaction = false;
  #at: SeenAt = { xid: 0, commitLsn: INVALID_LSN };

  resume(): void {
    this.#book.clear();
    this.#inTransaction = false;
  }

  translate(
    { walStart, data }: PluginPayload,
    catalog: PluginCatalog,
  ): Translation {
    const message = decodeTestDecodingMessage(data, walStart);
    switch (message.kind) {
      case "commit":
        return [this.#border(message)];
      case "insert":
      case "update":
      case "delete":
        return after(
          this.#book.find(seenBy(message), this.#at, catalog),
          (entry) => [
            ...entry.messages,
            rowMessage(namedChange(message), entry),
          ],
        );
      case "truncate":
        return this.#truncate(message, catalog);
      case "message":
        return [{ ...message, lsn: walStart }];
      case "begin":
        throw new ProtocolError(
          "Cannot place BEGIN of test_decoding: a transaction is handed on from its COMMIT",
        );
      default:
        throw new ProtocolError(
          `Cannot deliver ${message.kind} of test_decoding: use a slot that was created without TWO_PHASE, and no option stream-changes`,
        );
    }
  }

  // A COMMIT is passed on at both ends of a transaction.
  #border({ xid, commitTime, walStart }: TestDecodingCommit): PgoutputMessage {
    if (xid === null || commitTime === null) {
      throw new ProtocolError(
        "Cannot read COMMIT of test_decoding: it lacks the transaction's id or time",
      );
    }
    // The start of the record is not sent; its last byte is equally unique, and ordered.
    const commitLsn = walStart - 1n as Lsn;
    this.#inTransaction = !this.#inTransaction;
    this.#at = { xid, commitLsn };
    return this.#inTransaction
      ? { kind: "begin", walStart, finalLsn: commitLsn, commitTime, xid }
      : commit(walStart, commitLsn, commitTime);
  }

  async #truncate(
    { relations, cascade, restartIdentity, walStart }: TestDecodingTruncate,
    catalog: PluginCatalog,
  ): Promise<readonly PgoutputMessage[]> {
    const messages: PgoutputMessage[] = [];
    const relationOids: number[] = [];
    for (const one of relations) {
      const seen = partly("truncate", one, null);
      const { relation, messages: more } = await this.#book.find(
        seen,
        this.#at,
        catalog,
      );
      messages.push(...more);
      relationOids.push(relation.message.oid);
    }
    const kind = "truncate";
    messages.push({ kind, walStart, relationOids, cascade, restartIdentity });
    return messages;
  }
}

function commit(
  endLsn: Lsn,
  commitLsn: Lsn,
  commitTime: UnixMicros,
): PgoutputMessage {
  const kind = "commit";
  return { kind, walStart: endLsn, flags: 0, commitLsn, endLsn, commitTime };
}

function seenBy(message: Change): SeenRelation {
  const { kind, relation } = message;
  const tuple = kind === "delete" ? null : message.newTuple;
  const old = kind === "insert" ? null : message.oldKey;
  if (tuple === null) return partly(kind, relation, old);
  return {
    ...{ kind, ...relation, columns: tuple.map(seenColumn), isWhole: true },
    ...{ others: [], old: namesOf(old), showsOldNulls: false },
  };
}

function partly(
  kind: SeenRelation["kind"],
  relation: TestDecodingRelation,
  old: readonly TestDecodingColumn[] | null,
): SeenRelation {
  return {
    ...{ kind, ...relation, columns: [], isWhole: false },
    others: old?.map(seenColumn) ?? [],
    old: namesOf(old),
    showsOldNulls: false,
  };
}

function seenColumn({ name, type, value }: TestDecodingColumn): SeenColumn {
  return { name, type, isNull: value === null };
}

function namesOf(
  columns: readonly TestDecodingColumn[] | null,
): readonly string[] | null {
  return columns?.map(({ name }) => name) ?? null;
}

function namedChange(message: Change): NamedChange {
  const { kind, walStart } = message;
  return {
    ...{ kind, walStart },
    newValues: kind === "delete" ? [] : message.newTuple ?? [],
    oldValues: kind === "insert" ? [] : message.oldKey ?? [],
  };
}

function after<T, R>(
  value: T | Promise<T>,
  then: (value: T) => R,
): R | Promise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}
