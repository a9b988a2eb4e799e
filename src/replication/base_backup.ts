import { ByteCursor } from "../bytes/byte_cursor.ts";
import { PostgresError, ProtocolError } from "../errors.ts";
import { type Lsn, parseServerLsn } from "../lsn.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import { quoteLiteral } from "./quote.ts";

/** Options for a base backup. */
export interface BaseBackupOptions {
  /**
   * The backup's name, in its `backup_label` file.
   *
   * @default {"walbrook base backup"}
   */
  readonly label?: string;
  /**
   * Whether the server performs its checkpoint immediately, or spreads the work.
   *
   * @default {"spread"}
   */
  readonly checkpoint?: "fast" | "spread";
  /**
   * Whether to include the WAL that the backup needs, so that it is self-contained.
   *
   * @default {false}
   */
  readonly wal?: boolean;
  /**
   * Whether to report progress, and the tablespaces' sizes.
   *
   * @default {false}
   */
  readonly progress?: boolean;
  /**
   * Whether to send a backup manifest after the archives.
   *
   * @default {false}
   */
  readonly manifest?: boolean;
}

/** A tablespace of a base backup. */
export interface Tablespace {
  /** Its OID; `null` for the data directory itself. */
  readonly oid: number | null;
  /** Its folder on the server; `null` for the data directory itself. */
  readonly location: string | null;
  /** Its approximate size, in units of 1024 bytes; `null` unless requested. */
  readonly size: number | null;
}

/** A piece of a base backup. */
export type BaseBackupMessage =
  | {
    /** A tar archive begins: its bytes follow as `data`. */
    readonly kind: "archive";
    /** Its file name, for example `base.tar`. */
    readonly name: string;
    /** The tablespace's folder on the server; `null` for the data directory. */
    readonly location: string | null;
  }
  | {
    /** The manifest begins: its bytes, JSON, follow as `data`. */
    readonly kind: "manifest";
  }
  | {
    /** Bytes of the last archive or manifest. */
    readonly kind: "data";
    /** The bytes. */
    readonly data: Uint8Array;
  }
  | {
    /** How much of the current tablespace is done. */
    readonly kind: "progress";
    /** The approximate number of bytes. */
    readonly bytesDone: bigint;
  }
  | {
    /** Everything has been sent. */
    readonly kind: "end";
    /** The position up to which WAL is needed to restore the backup. */
    readonly lsn: Lsn;
    /** The timeline of that position. */
    readonly timeline: number;
  };

/** A running base backup. */
export interface BaseBackup {
  /** The position from which WAL is needed to restore the backup. */
  readonly start: Lsn;
  /** The timeline of that position. */
  readonly timeline: number;
  /** The tablespaces, in the order of their archives. */
  readonly tablespaces: readonly Tablespace[];
  /**
   * The backup, which is read from the socket only on demand. Its last message is `end`.
   * Cancelling it closes the connection.
   */
  readonly readable: ReadableStream<BaseBackupMessage>;
}

/** Formats BASE_BACKUP, in the syntax of the server's version. */
export function baseBackupCommand(
  serverMajor: number,
  options: BaseBackupOptions,
): string {
  const label = quoteLiteral(options.label ?? "walbrook base backup");
  const fast = options.checkpoint === "fast";
  const words = serverMajor >= 15
    ? [
      `LABEL ${label}`,
      fast && "CHECKPOINT 'fast'",
      options.wal && "WAL",
      options.progress && "PROGRESS",
      options.manifest && "MANIFEST 'yes'",
    ]
    : [
      `LABEL ${label}`,
      options.progress && "PROGRESS",
      fast && "FAST",
      options.wal && "WAL",
      options.manifest && "MANIFEST 'yes'",
    ];
  const list = words.filter((word) => typeof word === "string");
  return serverMajor >= 15
    ? `BASE_BACKUP (${list.join(", ")})`
    : `BASE_BACKUP ${list.join(" ")}`;
}

type Messages = ReadableStreamDefaultReader<BackendMessage>;

/**
 * Reads what the server sends before the first archive, and creates a stream of the rest.
 * Source: the manual, "Streaming Replication Protocol", BASE_BACKUP.
 *
 * @param messages The answer to BASE_BACKUP.
 * @param serverMajor The server's major version: up to 14, each archive is a separate COPY.
 */
export async function readBaseBackup(
  messages: ReadableStream<BackendMessage>,
  serverMajor: number,
): Promise<BaseBackup> {
  const reader = messages.getReader();
  const [first] = await readRows(reader);
  const tablespaces = (await readRows(reader)).map(readTablespace);
  return {
    ...readPosition(first, "the start of the backup"),
    tablespaces,
    readable: backupStream(reader, {
      decode: serverMajor >= 15 ? decodePayload : decodeRaw,
      // Up to 14, the number of each COPY determines its kind.
      begins: serverMajor >= 15 ? [] : copiesOf(tablespaces),
    }),
  };
}

interface BackupFormat {
  readonly decode: (data: Uint8Array) => BaseBackupMessage;
  readonly begins: readonly BaseBackupMessage[];
}

function backupStream(
  reader: Messages,
  { decode, begins }: BackupFormat,
): ReadableStream<BaseBackupMessage> {
  let copies = 0;
  return new ReadableStream<BaseBackupMessage>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        if (value.kind === "CopyData") {
          return controller.enqueue(decode(value.data));
        }
        if (value.kind === "CopyOutResponse") {
          const begin = begins[copies++];
          if (begin !== undefined) return controller.enqueue(begin);
        }
        if (value.kind === "DataRow") {
          const { start, timeline } = readPosition(
            value.values.map(decodeText),
            "the end of the backup",
          );
          return controller.enqueue({ kind: "end", lsn: start, timeline });
        }
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function copiesOf(
  tablespaces: readonly Tablespace[],
): readonly BaseBackupMessage[] {
  const archives = tablespaces.map(({ oid, location }): BaseBackupMessage => ({
    kind: "archive",
    name: oid === null ? "base.tar" : `${oid}.tar`,
    location,
  }));
  return [...archives, { kind: "manifest" }];
}

function decodeRaw(data: Uint8Array): BaseBackupMessage {
  return { kind: "data", data };
}

function decodePayload(payload: Uint8Array): BaseBackupMessage {
  const reader = new ByteCursor(payload, "a piece of a base backup");
  const type = reader.uint8();
  switch (type) {
    case 0x6e: { // n
      const name = reader.string();
      return { kind: "archive", name, location: reader.string() || null };
    }
    case 0x6d: // m
      return { kind: "manifest" };
    case 0x64: // d
      return { kind: "data", data: reader.rest() };
    case 0x70: // p
      return { kind: "progress", bytesDone: reader.int64() };
    default:
      throw reader.error(`type ${describeByte(type)}`);
  }
}

type Row = readonly (string | null)[];

async function readRows(reader: Messages): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      throw new ProtocolError(
        "Cannot read the answer to BASE_BACKUP: it ended early",
      );
    }
    if (value.kind === "DataRow") rows.push(value.values.map(decodeText));
    if (value.kind === "CommandComplete") return rows;
    if (value.kind === "ErrorResponse") throw new PostgresError(value.fields);
  }
}

function readTablespace([oid, location, size]: Row): Tablespace {
  return {
    oid: oid === null || oid === undefined ? null : Number(oid),
    location: location ?? null,
    size: size === null || size === undefined ? null : Number(size),
  };
}

function readPosition(
  row: Row | undefined,
  what: string,
): { start: Lsn; timeline: number } {
  return {
    start: parseServerLsn(row?.[0] ?? null, what),
    timeline: Number(row?.[1]),
  };
}

const UTF8 = new TextDecoder();

function decodeText(value: Uint8Array | null): string | null {
  return value === null ? null : UTF8.decode(value);
}
