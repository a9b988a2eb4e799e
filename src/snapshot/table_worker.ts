import { SubscriptionError } from "../errors.ts";
import { type ChunkReader, isOutdated } from "./read/chunk_reader.ts";
import type { Chunk } from "./read/chunk.ts";
import { isOutOfDate } from "./is_out_of_date.ts";
import { versionOf } from "./snapshot_state.ts";
import type { PublishedTable } from "./read/published_table.ts";
import type { TableCopy } from "./table_copy.ts";
import { missingBelow } from "./meet/visibility.ts";

/** What a worker tells of the table that it reads. */
export interface TableWorkerHost {
  /** Waits until something may have changed: a chunk was given out, a link was opened. */
  readonly change: () => Promise<void>;
  /** Whether there is a link that streams. */
  readonly isStreaming: () => boolean;
  /** Does it again after a while if it fails for a reason that passes. */
  readonly retry: <T>(work: () => Promise<T>) => Promise<T>;
  /** Waits. */
  readonly delay: (milliseconds: number) => Promise<void>;
  /** Takes a chunk. */
  readonly accept: (copy: TableCopy, chunk: Chunk) => void;
  /** Has the copy begun again, since what was copied is out of date. */
  readonly restart: (copy: TableCopy, table: PublishedTable) => void;
  /** The copy goes on with a table that is defined otherwise. */
  readonly redefine: (copy: TableCopy, table: PublishedTable) => void;
  /** The table is not there any more. */
  readonly abort: (copy: TableCopy, why: "dropped" | "unpublished") => void;
  /** Told of what a copy waits for. */
  readonly onWaiting: (
    copy: TableCopy,
    xids: readonly bigint[] | null,
  ) => void;
}

const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 500;

/**
 * Reads one table to its end, chunk by chunk.
 *
 * @param copy The table.
 * @param reader Reads it.
 * @param host What it tells.
 */
export async function readTable(
  copy: TableCopy,
  reader: ChunkReader,
  host: TableWorkerHost,
): Promise<void> {
  let guarded = -1;
  while (copy.end === null) {
    if (!host.isStreaming()) {
      await host.change();
      continue;
    }
    if (guarded !== copy.guardEpoch) {
      guarded = copy.guardEpoch;
      await waitForOlder(copy, reader, host);
      continue;
    }
    const next = copy.nextRead();
    if (next === null) {
      await host.change();
      continue;
    }
    const { epoch, table } = copy;
    let chunk: Chunk;
    try {
      chunk = await host.retry(() =>
        next.kind === "keys"
          ? reader.readKeys(table, next.keys, copy.where)
          : reader.readAfter(table, next.key, copy.where)
      );
    } catch (error) {
      if (!isOutdated(error)) throw error;
      await lookAgain(copy, reader, host, error);
      continue;
    }
    if (epoch !== copy.epoch || copy.end !== null) continue;
    if (chunk.oid !== table.oid || chunk.signature !== table.signature) {
      await lookAgain(copy, reader, host, null);
    } else if (chunk.fileNode !== table.fileNode) {
      host.redefine(copy, { ...table, fileNode: chunk.fileNode ?? "0" });
    } else {
      host.accept(copy, chunk);
    }
  }
}

// Waits until all transactions have ended that there were before the log of changes began:
// what they did is not in it.
async function waitForOlder(
  copy: TableCopy,
  reader: ChunkReader,
  host: TableWorkerHost,
): Promise<void> {
  const guard = await host.retry(() => reader.nextXid());
  for (let pause = FIRST_POLL_MS; copy.end === null; pause *= 2) {
    const snapshot = await host.retry(() => reader.currentSnapshot());
    copy.log.prune(snapshot);
    const missing = missingBelow(guard, snapshot);
    if (missing.length === 0) break;
    host.onWaiting(copy, missing);
    await host.delay(Math.min(pause, LONGEST_POLL_MS));
  }
  host.onWaiting(copy, null);
}

async function lookAgain(
  copy: TableCopy,
  reader: ChunkReader,
  host: TableWorkerHost,
  cause: unknown,
): Promise<void> {
  const { oid, signature } = copy.table;
  const [table] = await host.retry(() => reader.tables(oid));
  if (copy.end !== null) return;
  if (table === undefined) {
    const exists = await host.retry(() => reader.exists(oid));
    return host.abort(copy, exists ? "unpublished" : "dropped");
  }
  if (table.signature === signature && cause !== null) throw cause;
  if (!table.mayRead) {
    throw new SubscriptionError(
      "noSelect",
      `Cannot copy table "${table.schema}"."${table.name}": the role has no SELECT privilege on it any more; grant it`,
    );
  }
  if (isOutOfDate(versionOf(copy.table), versionOf(table))) {
    host.restart(copy, table);
  } else host.redefine(copy, table);
}
