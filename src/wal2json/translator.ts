import { ProtocolError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type {
  PluginPayload,
  PluginTranslator,
} from "../output_plugin/output_plugin.ts";
import {
  type CachedRelation,
  RelationCache,
} from "../output_plugin/relation_cache.ts";
import { rowMessage } from "../output_plugin/row_message.ts";
import type {
  SeenAt,
  SeenColumn,
  SeenRelation,
} from "../output_plugin/seen_relation.ts";
import type { PluginCatalog } from "../output_plugin/plugin_catalog.ts";
import type { BeginMessage, PgoutputMessage } from "../pgoutput/message.ts";
import type { UnixMicros } from "../timestamp.ts";
import { decodeWal2jsonMessage } from "./decode_message.ts";
import { malformed } from "./fields.ts";
import type {
  Wal2jsonBegin,
  Wal2jsonColumn,
  Wal2jsonDelete,
  Wal2jsonInsert,
  Wal2jsonRelation,
  Wal2jsonTruncate,
  Wal2jsonUpdate,
} from "./message.ts";

type RowChange = Wal2jsonInsert | Wal2jsonUpdate | Wal2jsonDelete;
type Change = RowChange | Wal2jsonTruncate;
type Translation =
  | readonly PgoutputMessage[]
  | Promise<readonly PgoutputMessage[]>;

const UTF8 = new TextEncoder();

/** Translates the messages of `wal2json` in format 2 to those of `pgoutput`. */
export class Wal2jsonTranslator implements PluginTranslator {
  readonly #book = new RelationCache();
  readonly #origins = new Map<number, string>();
  #at: SeenAt = { xid: 0, commitLsn: INVALID_LSN };

  resume(): void {
    this.#book.clear();
    this.#origins.clear();
  }

  translate(
    { walStart, data }: PluginPayload,
    catalog: PluginCatalog,
  ): Translation {
    const message = decodeWal2jsonMessage(data, walStart);
    switch (message.kind) {
      case "begin":
        return this.#begin(message, catalog);
      case "commit":
        return [commit({
          commitLsn: present(message.lsn, "lsn"),
          endLsn: present(message.nextLsn, "nextlsn"),
          commitTime: present(message.commitTime, "timestamp"),
        })];
      case "message": {
        const { kind, transactional, prefix } = message;
        const content = UTF8.encode(message.content);
        return [
          { kind, walStart, transactional, lsn: walStart, prefix, content },
        ];
      }
      case "insert":
      case "update":
      case "delete":
      case "truncate": {
        const found = this.#book.find(seenBy(message), this.#at, catalog);
        return found instanceof Promise
          ? found.then((entry) => withDescription(message, entry))
          : withDescription(message, found);
      }
      case "transaction":
        throw new ProtocolError(
          "Cannot deliver a transaction in format 1 of wal2json: format 2 was requested",
        );
    }
  }

  #begin(message: Wal2jsonBegin, catalog: PluginCatalog): Translation {
    const { walStart } = message;
    const begin: BeginMessage = {
      ...{ kind: "begin", walStart },
      finalLsn: present(message.lsn, "lsn"),
      commitTime: present(message.commitTime, "timestamp"),
      xid: present(message.xid, "xid"),
    };
    this.#at = { xid: begin.xid, commitLsn: begin.finalLsn };
    const number = message.origin ?? 0;
    if (number === 0) return [begin];
    return this.#origin(number, catalog).then((origin) => [begin, origin]);
  }

  async #origin(
    number: number,
    catalog: PluginCatalog,
  ): Promise<PgoutputMessage> {
    const name = this.#origins.get(number) ??
      await catalog.findOrigin(number) ?? `${number}`;
    this.#origins.set(number, name);
    const positions = { walStart: INVALID_LSN, commitLsn: INVALID_LSN };
    return { kind: "origin", ...positions, name };
  }
}

function commit(
  positions: {
    readonly commitLsn: Lsn;
    readonly endLsn: Lsn;
    readonly commitTime: UnixMicros;
  },
): PgoutputMessage {
  return { kind: "commit", walStart: positions.endLsn, flags: 0, ...positions };
}

function withDescription(
  message: Change,
  entry: CachedRelation,
): PgoutputMessage[] {
  return [...entry.messages, translateChange(message, entry)];
}

function translateChange(
  message: Change,
  entry: CachedRelation,
): PgoutputMessage {
  const { kind, walStart } = message;
  if (kind === "truncate") {
    const relationOids = [entry.relation.message.oid];
    const options = { cascade: false, restartIdentity: false };
    return { kind, walStart, relationOids, ...options };
  }
  return rowMessage({
    ...{ kind, walStart },
    newValues: kind === "delete" ? [] : message.columns,
    oldValues: kind === "insert" ? [] : message.identity,
  }, entry);
}

function seenBy(message: Change): SeenRelation {
  const { kind } = message;
  const identity = "identity" in message ? message.identity : [];
  const columns = "columns" in message ? message.columns : [];
  // An update lacks values that are unchanged and out of line, which may include a key.
  const names = new Set(columns.map(({ name }) => name));
  const others = identity.filter(({ name }) => !names.has(name));
  return {
    ...{ kind, ...named(message.relation), isWhole: kind === "insert" },
    columns: columns.map(seenColumn),
    others: others.map(seenColumn),
    old: identity.map(({ name }) => name),
    showsOldNulls: true,
  };
}

function named(
  { schema, name }: Wal2jsonRelation,
): { schema: string; name: string } {
  return { schema: present(schema, "schema"), name };
}

function seenColumn(
  { name, type, typeOid, value }: Wal2jsonColumn,
): SeenColumn {
  return { name, type: present(type, "type"), typeOid, isNull: value === null };
}

function present<T>(value: T | null, key: string): T {
  if (value !== null) return value;
  throw malformed(`expected "${key}"`);
}
