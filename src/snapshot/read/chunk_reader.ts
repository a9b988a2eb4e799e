import type { DecodeLatin1 } from "../../bytes/ascii_window.ts";
import { PostgresError, ProtocolError } from "../../errors.ts";
import { serverMajor } from "../../replication/server_major.ts";
import { CopyOut } from "../../session/copy_out.ts";
import {
  type Chunk,
  type ChunkState,
  findChunkState,
  FIRST_LIMIT,
  nextLimit,
} from "./chunk.ts";
import { chunkQuery, type ChunkRange } from "./chunk_query.ts";
import { emptyChunks, emptyTablesQuery } from "./empty_tables.ts";
import type { PublishedTable } from "./published_table.ts";
import { RawRows } from "./raw_rows.ts";
import {
  ReaderConnection,
  type ReaderConnectionOptions,
} from "./reader_connection.ts";
import { type RowFormat, rowFormat } from "./row_format.ts";
import { WholeReading } from "./whole_reading.ts";

/** Options for a {@linkcode ChunkReader}. */
export interface ChunkReaderOptions extends ReaderConnectionOptions {
  /** Whether to read the binary format. */
  readonly isBinary: () => boolean;
  /** The approximate size limit of a chunk, in bytes. */
  readonly chunkBytes: number;
  /** The runtime's decoder of Latin-1, if it has a fast one. */
  readonly decodeLatin1?: DecodeLatin1 | undefined;
}

/** The error that aborts a chunk that has become too large. */
const CUT = new Error("The chunk has become large");
// A chunk that exceeds this fraction of the limit is aborted.
const CUT_FACTOR = 1.25;

/** Reads chunks over its own ordinary connection, which it opens when needed. */
export class ChunkReader extends ReaderConnection {
  readonly #options: ChunkReaderOptions;
  // How many rows of a table to request.
  readonly #limits = new Map<number, number>();

  /** @param options The server to query. */
  constructor(options: ChunkReaderOptions) {
    super(options);
    this.#options = options;
  }

  /**
   * Reads a chunk.
   *
   * @param table The table.
   * @param after The key after which to read; `null` for the beginning.
   * @param where The caller's condition.
   */
  async readAfter(
    table: PublishedTable,
    after: readonly string[] | null,
    where: string | null,
  ): Promise<Chunk> {
    const limit = this.#limits.get(table.oid) ?? FIRST_LIMIT;
    const range = { kind: "after", key: after, limit } as const;
    const { rows, format, state, isCut } = await this.#read(
      table,
      range,
      where,
    );
    this.#limits.set(
      table.oid,
      nextLimit(limit, rows, this.#options.chunkBytes),
    );
    return {
      ...state,
      ...{ table, rows, format },
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
   * @param keys The text values of the keys, by the form in which keys are compared.
   * @param where The caller's condition.
   */
  async readKeys(
    table: PublishedTable,
    keys: ReadonlyMap<string, readonly string[]>,
    where: string | null,
  ): Promise<Chunk> {
    const range = { kind: "keys", keys: [...keys.values()] } as const;
    const { rows, format, state } = await this.#read(table, range, where);
    const asked = [...keys.keys()];
    return {
      ...state,
      table,
      rows,
      format,
      isLast: false,
      lastKey: null,
      keys: asked,
    };
  }

  /**
   * Finds out, in one query, which of some tables have no pages.
   *
   * @param tables The tables; none of them is partitioned.
   * @returns A chunk without rows for each of those that have none; nothing if one of the
   * tables is locked or gone.
   */
  async readEmpty(
    tables: readonly PublishedTable[],
  ): Promise<readonly Chunk[]> {
    const { isBinary, publications, signal } = this.#options;
    return await this.run(async (session) => {
      const query = emptyTablesQuery(tables, {
        serverMajor: serverMajor(session.parameters),
        publications,
      });
      try {
        const results = await session.query(query, { signal });
        return emptyChunks(results, tables, isBinary());
      } catch (error) {
        if (!isLocked(error) && !isOutdated(error)) throw error;
        await session.query("ROLLBACK");
        return [];
      }
    });
  }

  /**
   * Reads a table in one snapshot, at the rate at which rows are requested. Nothing else may
   * be read in the meantime.
   *
   * @param table The table.
   * @param where The caller's condition.
   */
  async readAll(
    table: PublishedTable,
    where: string | null,
  ): Promise<WholeReading> {
    const { isBinary, publications, signal, decodeLatin1 } = this.#options;
    const binary = isBinary();
    const session = await this.open();
    const format = rowFormat(table, binary, decodeLatin1);
    const query = chunkQuery(table, { kind: "all" }, {
      ...{ publications, binary, where },
      serverMajor: serverMajor(session.parameters),
    });
    const leave = () => void this.close();
    signal.addEventListener("abort", leave);
    try {
      return await WholeReading.open(session, query, {
        format,
        answered: (work) => this.answered(session, work),
        onEnd: async (isComplete) => {
          signal.removeEventListener("abort", leave);
          // The server can't be asked to stop in the middle.
          if (!isComplete) await this.close();
        },
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  async #read(
    table: PublishedTable,
    range: ChunkRange,
    where: string | null,
  ): Promise<
    {
      readonly rows: RawRows;
      readonly format: RowFormat;
      readonly state: ChunkState;
      readonly isCut: boolean;
    }
  > {
    const { isBinary, publications, chunkBytes, decodeLatin1 } = this.#options;
    const binary = isBinary();
    const format = rowFormat(table, binary, decodeLatin1);
    const { rowStart } = format;
    const rows = new RawRows();
    let isCut = false;
    const state = await this.run(async (session) => {
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
            found ??= findChunkState(copy.results);
            if (isCut && found !== null) enough.abort(CUT);
          }
          found ??= findChunkState(copy.results);
        });
      } catch (error) {
        if (error !== CUT) throw error;
        // The rows that have arrived are what the transaction saw.
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
    return { rows, format, state, isCut };
  }
}

// lock_not_available, which NOWAIT raises.
function isLocked(error: unknown): boolean {
  return error instanceof PostgresError && error.code === "55P03";
}

/**
 * Returns whether the definition of a table may have changed since it was looked up: the
 * table no longer exists under its name, has other columns, or can't be read any more.
 */
export function isOutdated(error: unknown): boolean {
  return error instanceof PostgresError &&
    ["42P01", "3F000", "42501", "42703", "42704", "42883"].includes(error.code);
}
