import { ProtocolError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type {
  PluginPayload,
  PluginTranslator,
} from "../output_plugin/output_plugin.ts";
import {
  type CachedRelation,
  RelationCache,
  type SeenColumn,
  type SeenRelation,
  tupleOf,
} from "../output_plugin/relation_cache.ts";
import type { PluginCatalog } from "../output_plugin/plugin_catalog.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import type { UnixMicros } from "../timestamp.ts";
import { UNCHANGED } from "../unchanged.ts";
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

/** Says in the messages of `pgoutput` what `wal2json` said in its format 2. */
export class Wal2jsonTranslator implements PluginTranslator {
  readonly #book = new RelationCache();
  readonly #origins = new Map<number, string>();

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
        const found = this.#book.find(seenBy(message), catalog);
        return found instanceof Promise
          ? found.then((entry) => withDescription(message, entry))
          : withDescription(message, found);
      }
      case "transaction":
        throw new ProtocolError(
          "Cannot deliver a transaction in format 1 of wal2json: format 2 was asked for",
        );
    }
  }

  #begin(message: Wal2jsonBegin, catalog: PluginCatalog): Translation {
    const { walStart } = message;
    const begin: PgoutputMessage = {
      ...{ kind: "begin", walStart },
      finalLsn: present(message.lsn, "lsn"),
      commitTime: present(message.commitTime, "timestamp"),
      xid: present(message.xid, "xid"),
    };
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
  { relation }: CachedRelation,
): PgoutputMessage {
  const { walStart } = message;
  const { oid: relationOid, replicaIdentity } = relation.message;
  if (message.kind === "truncate") {
    return {
      ...{ kind: "truncate", walStart, relationOids: [relationOid] },
      ...{ cascade: false, restartIdentity: false },
    };
  }
  if (message.kind === "insert") {
    const newTuple = tupleOf(relation, message.columns, null);
    return { kind: "insert", walStart, relationOid, newTuple };
  }
  const isFull = replicaIdentity === "full";
  const { identity } = message;
  const old = identity.length === 0 ? null : tupleOf(relation, identity, null);
  const keyTuple = isFull ? null : old;
  const oldTuple = isFull ? old : null;
  if (message.kind === "delete") {
    return { kind: "delete", walStart, relationOid, keyTuple, oldTuple };
  }
  const newTuple = tupleOf(relation, message.columns, UNCHANGED);
  return {
    ...{ kind: "update", walStart, relationOid },
    ...{ keyTuple, oldTuple, newTuple },
  };
}

function seenBy(message: Change): SeenRelation {
  const identity = "identity" in message ? message.identity : [];
  const columns = "columns" in message ? message.columns : [];
  const keyNames = new Set(identity.map(({ name }) => name));
  // An update lacks what is unchanged and out of line, and a key may be that.
  const names = new Set(columns.map(({ name }) => name));
  const more = identity.filter(({ name }) => !names.has(name));
  return {
    ...named(message.relation),
    columns: [...columns, ...more].map(seenColumn),
    isWhole: message.kind === "insert",
    keyNames,
  };
}

function named(
  { schema, name }: Wal2jsonRelation,
): { schema: string; name: string } {
  return { schema: present(schema, "schema"), name };
}

function seenColumn({ name, type, typeOid }: Wal2jsonColumn): SeenColumn {
  return { name, type: present(type, "type"), typeOid };
}

function present<T>(value: T | null, key: string): T {
  if (value !== null) return value;
  throw malformed(`expected "${key}"`);
}
