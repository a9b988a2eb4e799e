import { checkTables } from "../read/check_tables.ts";
import type { SnapshotWait } from "../progress/snapshot_progress.ts";
import { type ChunkReader, isOutdated } from "../read/chunk_reader.ts";
import type { Chunk } from "../read/chunk.ts";
import { isOutOfDate } from "../progress/is_out_of_date.ts";
import { versionOf } from "../progress/snapshot_state.ts";
import type { PublishedTable } from "../read/published_table.ts";
import type { TableCopy } from "./table_copy.ts";
import { missingBelow } from "../reconcile/visibility.ts";

/** What a worker reports about its table, and needs for it. */
export interface TableWorkerHost {
  /** Waits for something to change: a chunk was emitted, a link was opened. */
  readonly change: () => Promise<void>;
  /** Whether a link is streaming. */
  readonly isStreaming: () => boolean;
  /** Repeats work, with delays, while it fails with a transient error. */
  readonly retry: <T>(work: () => Promise<T>) => Promise<T>;
  /** Waits. */
  readonly delay: (milliseconds: number) => Promise<void>;
  /** Receives chunks that were read together. */
  readonly accept: (
    read: readonly { readonly copy: TableCopy; readonly chunk: Chunk }[],
  ) => void;
  /** Restarts the copy, because the copied rows are out of date. */
  readonly restart: (copy: TableCopy, table: PublishedTable) => void;
  /** Continues the copy with a changed definition of the table. */
  readonly redefine: (copy: TableCopy, table: PublishedTable) => void;
  /** Ends the copy, because the table is gone. */
  readonly abort: (copy: TableCopy, why: "dropped" | "unpublished") => void;
  /** Called with what a copy waits for. */
  readonly onWait: (copy: TableCopy, wait: SnapshotWait | null) => void;
  /** Whether reading is paused. */
  readonly isPaused: () => boolean;
  /** Waits after a read that took this time, in milliseconds. */
  readonly rest: (milliseconds: number) => Promise<void>;
  /** Makes the stream check whether to stop. */
  readonly wake: () => void;
}

const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 500;
/** How long to wait for other transactions before looking up what they are. */
const TELL_AFTER_MS = 1_000;

/**
 * Reads those of some tables that are empty, in one query.
 *
 * @param copies The tables.
 * @param reader Reads them.
 * @param host Receives its reports.
 * @returns The tables that still have to be read, one by one.
 */
export async function readEmptyTables(
  copies: readonly TableCopy[],
  reader: ChunkReader,
  host: TableWorkerHost,
): Promise<readonly TableCopy[]> {
  await untilStreaming(copies, host);
  for (const copy of copies) copy.guarded = copy.guardEpoch;
  await waitForOlder(copies, reader, host);
  await untilStreaming(copies, host);
  const begun = performance.now();
  const wanted = copies.filter(({ end }) => end === null);
  if (wanted.length === 0) return [];
  const epochs = new Map(wanted.map((copy) => [copy, copy.epoch]));
  const tables = wanted.map(({ table }) => table);
  const chunks = await host.retry(() => reader.readEmpty(tables));
  const read = chunks.flatMap((chunk) => {
    const copy = wanted.find(({ table }) => table === chunk.table);
    const isUseful = copy !== undefined && copy.end === null &&
      epochs.get(copy) === copy.epoch && copy.guarded === copy.guardEpoch &&
      chunk.signature === copy.table.signature &&
      chunk.fileNode === copy.table.fileNode;
    return isUseful ? [{ copy, chunk }] : [];
  });
  if (read.length > 0) host.accept(read);
  const done = new Set(read.map(({ copy }) => copy));
  await host.rest(performance.now() - begun);
  return wanted.filter((copy) => copy.end === null && !done.has(copy));
}

async function untilStreaming(
  copies: readonly TableCopy[],
  host: TableWorkerHost,
): Promise<void> {
  for (;;) {
    const wait = waitBefore(host);
    if (wait === null || areOver(copies)) return;
    for (const copy of copies) host.onWait(copy, wait);
    await host.change();
  }
}

// What any read has to wait for.
function waitBefore(host: TableWorkerHost): "pause" | "stream" | null {
  if (host.isPaused()) return "pause";
  return host.isStreaming() ? null : "stream";
}

function areOver(copies: readonly TableCopy[]): boolean {
  return copies.every(({ end }) => end !== null);
}

/**
 * Reads one table to its end, chunk by chunk.
 *
 * @param copy The table.
 * @param reader Reads it.
 * @param host Receives its reports.
 */
export async function readTable(
  copy: TableCopy,
  reader: ChunkReader,
  host: TableWorkerHost,
): Promise<void> {
  // How long to wait for transactions that moved rows and are not visible yet.
  let futile = 0;
  while (copy.end === null) {
    const wait = waitBefore(host);
    if (wait !== null || copy.aborted !== null) {
      host.onWait(copy, wait ?? "stream");
      await host.change();
      continue;
    }
    if (copy.guarded !== copy.guardEpoch) {
      copy.guarded = copy.guardEpoch;
      await waitForOlder([copy], reader, host);
      continue;
    }
    if (copy.isWhole) {
      await readyWhole(copy, reader, host);
      continue;
    }
    const next = copy.nextRead();
    if (next === null) {
      host.onWait(copy, copy.isGiving ? "consumer" : "stream");
      await host.change();
      continue;
    }
    host.onWait(copy, null);
    const { epoch, table } = copy;
    const begun = performance.now();
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
    } else if (chunk.keys !== null && !copy.seesMoverOf(chunk)) {
      host.onWait(copy, "transactions");
      futile = Math.min(2 * futile + FIRST_POLL_MS, LONGEST_POLL_MS);
      await host.delay(futile);
    } else {
      futile = 0;
      host.accept([{ copy, chunk }]);
      await host.rest(performance.now() - begun);
    }
  }
}

// Pauses the stream once everything that was removed from it is visible.
async function readyWhole(
  copy: TableCopy,
  reader: ChunkReader,
  host: TableWorkerHost,
): Promise<void> {
  if (copy.failure !== null) {
    const { error } = copy.failure;
    copy.failure = null;
    if (!isOutdated(error)) return await host.delay(LONGEST_POLL_MS);
    return await lookAgain(copy, reader, host, error);
  }
  const snapshot = await host.retry(() => reader.currentSnapshot());
  copy.see(snapshot);
  if (copy.leftOut.size > 0) {
    host.onWait(copy, "transactions");
    return await host.delay(FIRST_POLL_MS);
  }
  host.onWait(copy, "stream");
  copy.isReady = true;
  host.wake();
  while (copy.isReady || copy.isGiving) await host.change();
  // Another definition is looked up immediately.
  if (copy.end === null && copy.failure === null) {
    await lookAgain(copy, reader, host, null);
  }
}

// Waits until all transactions have ended that existed before the log of changes began: their
// changes are not in it.
async function waitForOlder(
  copies: readonly TableCopy[],
  reader: ChunkReader,
  host: TableWorkerHost,
): Promise<void> {
  const guard = await host.retry(() => reader.nextXid());
  let { snapshot } = guard;
  let waited = 0;
  const tell = () => {
    for (const copy of copies) host.onWait(copy, "transactions");
  };
  for (let pause = FIRST_POLL_MS; !areOver(copies); pause *= 2) {
    for (const copy of copies) copy.see(snapshot);
    const missing = missingBelow(guard.xid, snapshot);
    if (missing.length === 0) break;
    tell();
    waited += pause;
    if (waited > TELL_AFTER_MS) {
      const blockers = await host.retry(() => reader.blockers(missing));
      for (const copy of copies) copy.blockers = blockers;
      tell();
    }
    await host.delay(Math.min(pause, LONGEST_POLL_MS));
    snapshot = await host.retry(() => reader.currentSnapshot());
  }
  for (const copy of copies) copy.blockers = [];
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
  checkTables([table]);
  if (isOutOfDate(versionOf(copy.table), versionOf(table))) {
    host.restart(copy, table);
  } else host.redefine(copy, table);
}
