import type { SnapshotReason } from "../../events/snapshot_event.ts";
import { tableName } from "../../events/table_name.ts";
import { checkNames, checkServer, checkTables } from "../read/check_tables.ts";
import type { ChunkReader } from "../read/chunk_reader.ts";
import type { PublishedTable } from "../read/published_table.ts";
import type { Background } from "./background.ts";
import type { CopyTables } from "./copy_tables.ts";
import { delay } from "./delay.ts";
import type { ReaderPool } from "./reader_pool.ts";
import type { Retry } from "./retry.ts";

/** The parts of a {@linkcode Discovery}. */
export interface DiscoveryOptions {
  /** Receives the tables. */
  readonly tables: CopyTables;
  /** Reads them. */
  readonly pool: ReaderPool;
  /** The tasks that run beside the stream. */
  readonly background: Background;
  /** Retries after a transient error. */
  readonly retry: Retry;
  /** Creates a reader with its own connection. */
  readonly newReader: () => ChunkReader;
}

/** How often to look for tables that were added to the publications. */
const INTERVAL_MS = 60_000;
/**
 * The minimum pause between two lookups, as a multiple of the time that the last one took.
 */
const REST_FACTOR = 100;

/** Looks up which tables are published. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  #isWatching = false;

  /** @param options Where to find tables, and where to pass them. */
  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /**
   * Starts the first copies of published tables that have not been copied.
   *
   * @throws {TypeError} If a chosen table is not published.
   * @throws {SubscriptionError} If they can't be copied.
   */
  async begin(): Promise<void> {
    const published = await this.#lookUp();
    checkNames(this.#options.tables.chosenNames, published);
    this.#take(published, null);
  }

  /**
   * Starts copies of published tables that have not been copied.
   *
   * @param reason The reason, if it is another one.
   * @throws {SubscriptionError} If they can't be copied.
   */
  async discover(reason: SnapshotReason | null = null): Promise<void> {
    this.#take(await this.#lookUp(), reason);
  }

  /** Repeats this periodically, because the stream does not report added tables. */
  watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { background, retry } = this.#options;
    const { signal } = background;
    background.run(async () => {
      for (let took = 0;;) {
        await delay(Math.max(INTERVAL_MS, REST_FACTOR * took), signal);
        const begun = performance.now();
        await retry(() => this.discover(), signal);
        took = performance.now() - begun;
      }
    });
  }

  /**
   * Finds published tables.
   *
   * @param names Their names, as in events; `null` for all chosen ones.
   * @throws {TypeError} If one of them is not published.
   * @throws {SubscriptionError} If they can't be copied.
   */
  async find(
    names: readonly string[] | null,
  ): Promise<readonly PublishedTable[]> {
    const { tables } = this.#options;
    const published = await this.#lookUp();
    checkNames(names, published);
    const found = published.filter((table) =>
      names?.includes(tableName(table)) ?? tables.isChosen(table)
    );
    checkTables(found);
    return found;
  }

  #take(
    published: readonly PublishedTable[],
    reason: SnapshotReason | null,
  ): void {
    const { tables, pool } = this.#options;
    checkTables(published.filter((table) => tables.isChosen(table)));
    tables.discover(published, reason);
    pool.start();
  }

  async #lookUp(): Promise<readonly PublishedTable[]> {
    const reader = this.#options.newReader();
    try {
      const { isStandby, walWriterDelayMs } = await reader.facts();
      checkServer(isStandby);
      this.#options.pool.walWriterDelayMs = walWriterDelayMs;
      return await reader.tables(null);
    } finally {
      await reader.close();
    }
  }
}
