import type { ConnectionOptions } from "../connection/connection_options.ts";
import {
  checkIdle,
  type OnSnapshotProgress,
} from "./progress/snapshot_progress.ts";

/** A table to copy. */
export interface SnapshotTable {
  /** Its name with its schema, as `event.table` has it: `"public.orders"`. */
  readonly name: string;
  /**
   * A condition in SQL for the rows to copy. It does not narrow the stream. Names in it are
   * those of `pg_catalog`, unless they are written with their schema.
   *
   * @default {undefined} all published rows
   */
  readonly where?: string;
}

/** How to copy tables. */
export interface SnapshotOptions {
  /**
   * `"initial"`: each table once, as the checkpoint remembers; a copy that was interrupted goes
   * on where it was. `"always"`: all tables at every start.
   *
   * @default {"initial"}
   */
  readonly when?: "initial" | "always";
  /**
   * The tables to copy, as `event.table` names them. With it, tables that are published later
   * are not copied by themselves.
   *
   * @default {undefined} all published tables
   */
  readonly tables?: readonly (string | SnapshotTable)[];
  /**
   * `"interleaved"`: rows come in chunks between transactions, a copy can be resumed, and the
   * slot moves on meanwhile; a change may come before the row. `"first"`: all rows of a table
   * come before its changes, each once, for consumers that can't replace rows; the stream stands
   * still for that time, so that the server keeps its WAL, and a table that is interrupted is
   * copied from its beginning. Tables without a key are always copied so.
   *
   * @default {"interleaved"}
   */
  readonly order?: "interleaved" | "first";
  /**
   * How many bytes of COPY data to read at a time, about. Up to two such chunks are held in
   * memory for each reader.
   *
   * @default {4_194_304} 4 MiB
   */
  readonly chunkBytes?: number;
  /**
   * How many connections read: as many tables are copied at the same time.
   *
   * @default {1}
   */
  readonly readers?: number;
  /**
   * The part of the time in which nothing is read, from 0 to 0.9, to leave the server to
   * others.
   *
   * @default {0}
   */
  readonly idle?: number;
  /**
   * Another way to the same server for reading, such as a pooler in transaction mode. Not a
   * standby.
   *
   * @default {undefined} that of the stream
   */
  readonly connection?: string | ConnectionOptions;
  /** Told of every step of a copy. */
  readonly onProgress?: OnSnapshotProgress;
}

/** {@linkcode SnapshotOptions} that were checked. */
export interface SnapshotChoices {
  /** When to copy. */
  readonly when: "initial" | "always";
  /** Conditions by the tables' names; `null` for all tables, without conditions. */
  readonly chosen: ReadonlyMap<string, string | null> | null;
  /** In which order. */
  readonly order: "interleaved" | "first";
  /** How many bytes a chunk has. */
  readonly chunkBytes: number;
  /** How many connections read. */
  readonly readers: number;
  /** The part of the time in which nothing is read. */
  readonly idle: number;
}

/**
 * Checks the options for a copy, whichever way they were given.
 *
 * @throws {TypeError | RangeError} If one is none.
 */
export function snapshotChoices(
  snapshot: "initial" | "always" | SnapshotOptions,
): SnapshotChoices {
  const options: SnapshotOptions = typeof snapshot === "string"
    ? { when: snapshot }
    : snapshot;
  const { when = "initial", order = "interleaved", tables } = options;
  const { chunkBytes = 2 ** 22, readers = 1, idle = 0 } = options;
  checkWord("snapshot", when, ["initial", "always"]);
  checkWord("snapshot.order", order, ["interleaved", "first"]);
  if (!(chunkBytes >= 1)) {
    throw new RangeError(
      `Cannot read chunks of ${chunkBytes} bytes: expected a number from 1`,
    );
  }
  if (!Number.isInteger(readers) || readers < 1) {
    throw new RangeError(
      `Cannot read by ${readers} connections: expected a whole number from 1`,
    );
  }
  checkIdle(idle);
  const chosen = tables === undefined ? null : new Map(
    tables.map((table) =>
      typeof table === "string"
        ? [table, null] as const
        : [table.name, table.where ?? null] as const
    ),
  );
  return { when, order, chosen, chunkBytes, readers, idle };
}

function checkWord(
  option: string,
  value: string,
  words: readonly string[],
): void {
  if (words.includes(value)) return;
  throw new TypeError(
    `Cannot use ${option}: ${JSON.stringify(value)}; expected ${
      words.map((word) => `"${word}"`).join(" or ")
    }`,
  );
}
