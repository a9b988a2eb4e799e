import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import {
  PostgresError,
  type PostgresErrorFields,
  ProtocolError,
} from "../../errors.ts";
import { type Lsn, parseServerLsn } from "../../lsn.ts";
import { serverMajor } from "../../replication/server_major.ts";
import { CopyOut } from "../../session/copy_out.ts";
import { openSession } from "../../session/open_session.ts";
import type { Session } from "../../session/session.ts";
import type { Dial } from "../../socket/socket.ts";
import {
  type Chunk,
  type ChunkState,
  FIRST_LIMIT,
  nextLimit,
  readChunkState,
} from "./chunk.ts";
import { beginReading, chunkQuery, type ChunkRange } from "./chunk_query.ts";
import { type PublishedTable, readTableRow } from "./published_table.ts";
import { RawRows } from "./raw_rows.ts";
import { rowFormat } from "./row_format.ts";
import { tableQuery } from "./table_query.ts";
import {
  parseSnapshot,
  type TransactionSnapshot,
  widenXid,
} from "../meet/visibility.ts";

/** Options for a {@linkcode ChunkReader}. */
export interface ChunkReaderOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** Where and as whom: at each connection where the stream comes from then. */
  readonly settings: () => ConnectionSettings;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told of every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /** The publications whose tables to copy. */
  readonly publications: readonly string[];
  /** Whether to read the binary format. */
  readonly binary: boolean;
  /** How many bytes a chunk may have, about. */
  readonly chunkBytes: number;
}

/** What is known of the server before anything is copied. */
export interface ServerFacts {
  /** Whether it is a standby. */
  readonly isStandby: boolean;
  /** Its `wal_writer_delay`, in milliseconds. */
  readonly walWriterDelayMs: number;
}

/** What a chunk is cut off with when it has become large. */
const CUT = new Error("The chunk has become large");
// A chunk that has more than this part of what it may have is cut off.
const CUT_FACTOR = 1.25;

/** Reads chunks on an ordinary connection of its own, which it opens when it needs one. */
export class ChunkReader {
  readonly #options: ChunkReaderOptions;
  #session: Session | null = null;
  #last: Promise<unknown> = Promise.resolve();
  // How many rows of a table to ask for.
  readonly #limits = new Map<number, number>();

  /** @param options Whom to ask. */
  constructor(options: ChunkReaderOptions) {
    this.#options = options;
  }

  /** What is to be known of the server. */
  async facts(): Promise<ServerFacts> {
    const [isStandby, delay] = await this.#row(
      "SELECT pg_catalog.pg_is_in_recovery(), (SELECT s.setting FROM pg_catalog.pg_settings s " +
        "WHERE s.name OPERATOR(pg_catalog.=) 'wal_writer_delay')",
    );
    return { isStandby: isStandby === "t", walWriterDelayMs: Number(delay) };
  }

  /**
   * The published tables.
   *
   * @param oid One of them; `null` for all.
   */
  async tables(oid: number | null): Promise<readonly PublishedTable[]> {
    const { publications } = this.#options;
    return await this.#run(async (session) => {
      const major = serverMajor(session.parameters);
      const query = tableQuery({ serverMajor: major, publications, oid });
      const results = await this.#query(
        session,
        `${beginReading(major, "keys")}\n${query};\nCOMMIT`,
      );
      const rows = results.find(({ fields }) => fields.length > 0)?.rows ?? [];
      return rows.map(readTableRow);
    });
  }

  /** Whether there is a table of that OID, published or not. */
  async exists(oid: number): Promise<boolean> {
    const [found] = await this.#row(
      `SELECT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ${oid})`,
    );
    return found === "t";
  }

  /** The id that the next transaction will have: all that there have been are below it. */
  async nextXid(): Promise<bigint> {
    // age() counts from there. Source: xid_age() in xid.c.
    const [snapshot, age] = await this.#row(
      "SELECT pg_catalog.pg_current_snapshot(), pg_catalog.age('3'::pg_catalog.xid)",
    );
    const next = (Number(age) + 3) >>> 0;
    return widenXid(next, parseSnapshot(snapshot ?? "").xmax);
  }

  /** What a query sees now. */
  async currentSnapshot(): Promise<TransactionSnapshot> {
    const [text] = await this.#row("SELECT pg_catalog.pg_current_snapshot()");
    return parseSnapshot(text ?? "");
  }

  /** Up to where the WAL is flushed now. */
  async flushLsn(): Promise<Lsn> {
    const [text] = await this.#row(
      "SELECT pg_catalog.pg_current_wal_flush_lsn()",
    );
    return parseServerLsn(text ?? null, "pg_current_wal_flush_lsn");
  }

  /**
   * Reads a chunk.
   *
   * @param table The table.
   * @param after The key behind which to read; `null` for from the beginning.
   * @param where A condition of the caller's.
   */
  async readAfter(
    table: PublishedTable,
    after: readonly string[] | null,
    where: string | null,
  ): Promise<Chunk> {
    const limit = this.#limits.get(table.oid) ?? FIRST_LIMIT;
    const range = { kind: "after", key: after, limit } as const;
    const { rows, state, isCut } = await this.#read(table, range, where);
    this.#limits.set(
      table.oid,
      nextLimit(limit, rows, this.#options.chunkBytes),
    );
    const format = rowFormat(table, this.#options.binary);
    return {
      ...state,
      ...{ table, rows },
      isLast: !isCut && rows.length < limit,
      lastKey: rows.length === 0
        ? after
        : format.keyTexts(rows, rows.length - 1),
      keys: null,
    };
  }

  /**
   * Reads some rows by their keys.
   *
   * @param table The table.
   * @param keys The texts of the keys, by what they are compared by.
   * @param where A condition of the caller's.
   */
  async readKeys(
    table: PublishedTable,
    keys: ReadonlyMap<string, readonly string[]>,
    where: string | null,
  ): Promise<Chunk> {
    const range = { kind: "keys", keys: [...keys.values()] } as const;
    const { rows, state } = await this.#read(table, range, where);
    const asked = [...keys.keys()];
    return { ...state, table, rows, isLast: false, lastKey: null, keys: asked };
  }

  /** Closes the connection. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }

  async #read(
    table: PublishedTable,
    range: ChunkRange,
    where: string | null,
  ): Promise<
    {
      readonly rows: RawRows;
      readonly state: ChunkState;
      readonly isCut: boolean;
    }
  > {
    const { binary, publications, chunkBytes } = this.#options;
    const { rowStart } = rowFormat(table, binary);
    const rows = new RawRows();
    let isCut = false;
    const state = await this.#run(async (session) => {
      let found: ChunkState | null = null;
      const major = serverMajor(session.parameters);
      const options = { serverMajor: major, publications, binary, where };
      const enough = new AbortController();
      const { signal } = this.#options;
      const leave = () => enough.abort(signal.reason);
      if (signal.aborted) leave();
      signal.addEventListener("abort", leave);
      try {
        const query = chunkQuery(table, range, options);
        await session.run(query, { signal: enough.signal }, async (answer) => {
          const copy = new CopyOut(answer);
          const take = (bytes: Uint8Array, start: number, end: number) => {
            const row = isCut ? null : rowStart(bytes, start, end);
            if (row === null) return;
            rows.push(bytes, row, end);
            if (range.kind === "keys") return;
            if (rows.size > CUT_FACTOR * chunkBytes) isCut = true;
          };
          while (await copy.next(take)) {
            found ??= readChunkState(copy.results);
            if (isCut && found !== null) enough.abort(CUT);
          }
          found ??= readChunkState(copy.results);
        });
      } catch (error) {
        if (error !== CUT) throw error;
        // The rows that came are what the transaction saw.
        await session.query("ROLLBACK");
      } finally {
        signal.removeEventListener("abort", leave);
      }
      return found;
    });
    if (state === null) {
      throw new ProtocolError(
        "Cannot read a chunk: the server sent no snapshot",
      );
    }
    return { rows, state, isCut };
  }

  async #row(query: string): Promise<readonly (string | null)[]> {
    const results = await this.#run((session) => this.#query(session, query));
    return results[0]?.rows[0] ?? [];
  }

  #query(
    session: Session,
    query: string,
  ): ReturnType<Session["query"]> {
    return session.query(query, { signal: this.#options.signal });
  }

  // One after the other.
  #run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const run = () => this.#runNow(work);
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => {});
    return result;
  }

  async #runNow<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { dial, settings, signal, onNotice } = this.#options;
    signal.throwIfAborted();
    this.#session ??= await openSession({
      dial,
      settings: settings(),
      replication: undefined,
      ...{ signal, onNotice },
    });
    const session = this.#session;
    try {
      return await work(session);
    } catch (error) {
      // What it was in the middle of ends with it.
      if (this.#session === session) await this.close();
      signal.throwIfAborted();
      throw error;
    }
  }
}

/** Tells whether a table is not there any more under its name, or has other columns. */
export function isOutdated(error: unknown): boolean {
  return error instanceof PostgresError &&
    ["42P01", "3F000", "42703", "42704", "42883"].includes(error.code);
}
