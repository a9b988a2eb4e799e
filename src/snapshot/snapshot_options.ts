import type { ConnectionOptions } from "../connection/connection_options.ts";
import {
  checkIdle,
  type OnSnapshotProgress,
} from "./progress/snapshot_progress.ts";

/**
 * A table to copy.
 */
export interface SnapshotTable {
  /** Its name with its schema, as in `event.table`: `"public.orders"`. */
  readonly name: string;
  /**
   * An SQL condition for the rows to copy. It does not restrict the stream. Names without a
   * schema are looked up in `pg_catalog` only. A resumed copy keeps the condition with which
   * it started.
   *
   * @default {undefined} all published rows
   */
  readonly where?: string;
}

/**
 * How to copy tables.
 */
export interface SnapshotOptions {
  /**
   * `"initial"`: each table once, as recorded in the checkpoint; an interrupted copy is
   * continued. `"always"`: all tables at every start.
   *
   * @default {"initial"}
   */
  readonly when?: "initial" | "always";
  /**
   * The tables to copy, named as in `event.table`; a name that is not published is rejected.
   * With this option, tables that are published later are not copied automatically.
   *
   * @default {undefined} all published tables
   */
  readonly tables?: readonly (string | SnapshotTable)[];
  /**
   * `"interleaved"`: rows come in chunks between transactions, a copy can be resumed, and the
   * slot advances in the meantime; a change may come before its row. `"first"`: all rows of a
   * table come before its changes, each once, for consumers that can't replace rows; the
   * stream is paused for that time, so the server retains its WAL, and an interrupted table
   * is copied from the beginning. Tables without a key are always copied this way.
   *
   * @default {"interleaved"}
   */
  readonly order?: "interleaved" | "first";
  /**
   * The approximate number of bytes of COPY data to read at a time. Up to two such chunks are
   * held in memory for each reader.
   *
   * @default {4_194_304} 4 MiB
   */
  readonly chunkBytes?: number;
  /**
   * The number of connections that read, and of tables that are copied at the same time.
   *
   * @default {1}
   */
  readonly readers?: number;
  /**
   * The fraction of the time in which nothing is read, from 0 to 0.9, to reduce the load on
   * the server.
   *
   * @default {0}
   */
  readonly idle?: number;
  /**
   * Another connection to the same server for reading, such as a pooler in transaction mode.
   * It must not lead to a standby.
   *
   * @default {undefined} the connection parameters of the stream
   */
  readonly connection?: string | ConnectionOptions;
  /**
   * Called with the progress after every step of a copy.
   *
   * @default {undefined} read {@linkcode Subscription.snapshots}
   */
  readonly onProgress?: OnSnapshotProgress;
}

/** Checked {@linkcode SnapshotOptions}. */
export interface SnapshotChoices {
  /** When to copy. */
  readonly when: "initial" | "always";
  /** Conditions by the tables' names; `null` for all tables, without conditions. */
  readonly chosen: ReadonlyMap<string, string | null> | null;
  /** The order of rows and changes. */
  readonly order: "interleaved" | "first";
  /** The size of a chunk, in bytes. */
  readonly chunkBytes: number;
  /** The number of connections that read. */
  readonly readers: number;
  /** The fraction of the time in which nothing is read. */
  readonly idle: number;
}

/**
 * Checks the options for a copy, in any of their forms.
 *
 * @throws {TypeError | RangeError} If one is invalid.
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
