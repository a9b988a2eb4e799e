import { assertEquals } from "@std/assert";
import { subscribe, type SubscribeOptions } from "@walbrook/walbrook";
import type { TemporaryFile } from "@walbrook/walbrook/socket";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { type SqlClient, testOnOldestAndNewest } from "../helpers/postgres.ts";
import { MemoryFiles } from "./memory_files.ts";

/** Far more than the library takes, and less than a test runner's patience. */
const PATIENCE_MS = 60_000;
const MANY = 3_000;
const OPERATIONS = ["open", "write", "read", "close"] as const;

const WAYS = ["close", "signal", "return"] as const;

type Operation = (typeof OPERATIONS)[number];

/** Files of which one operation never ends, as on a file system whose server is gone. */
class HangingFiles {
  readonly #files = new MemoryFiles();
  readonly #operation: Operation;
  #hang = () => {};
  #release = () => {};
  /** Settles once the operation hangs. */
  readonly hangs = new Promise<void>((resolve) => this.#hang = resolve);
  readonly #released = new Promise<void>((done) => this.#release = done);

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  /** How many files are open. */
  get open(): number {
    return this.#files.open;
  }

  /** Ends the operation after all, and lets whoever waits for it go on. */
  async release(): Promise<void> {
    this.#release();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  readonly openTemporaryFile = async (): Promise<TemporaryFile> => {
    await this.#reach("open");
    const file = await this.#files.openTemporaryFile();
    return {
      write: async (bytes, position) => {
        await this.#reach("write");
        await file.write(bytes, position);
      },
      read: async (into, position) => {
        await this.#reach("read");
        return await file.read(into, position);
      },
      close: async () => {
        await this.#reach("close");
        await file.close();
      },
    };
  };

  async #reach(operation: Operation): Promise<void> {
    if (operation !== this.#operation) return;
    this.#hang();
    await this.#released;
  }
}

async function patiently<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isOver = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, isOver]);
  } finally {
    clearTimeout(timer);
  }
}

async function addLargeTransaction(sql: SqlClient): Promise<void> {
  await sql(
    `INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, ${MANY}) g`,
  );
}

for (const [name, options] of Object.entries(plugins())) {
  testOnOldestAndNewest(
    `close() and the signal end a subscription by ${name} whose temporary file hangs`,
    async ({ server, sql }) => {
      await sql("CREATE TABLE t (id int, note text)");
      await sql("CREATE PUBLICATION p FOR TABLE t");
      await sql(`SELECT pg_create_logical_replication_slot('s', '${name}')`);
      await addLargeTransaction(sql);
      for (const operation of OPERATIONS) {
        for (const way of operation === "open" ? WAYS : ["close"] as const) {
          const files = new HangingFiles(operation);
          const controller = new AbortController();
          const { openTemporaryFile } = files;
          const subscription = await subscribe({
            ...{ connection: server.url, slot: "s", ...options },
            acknowledge: "manual",
            streaming: { memoryLimit: 1_000, openTemporaryFile },
            signal: controller.signal,
          });
          const iterator = subscription[Symbol.asyncIterator]();
          const reading = (async () => {
            for (;;) if ((await iterator.next()).done) return;
          })().catch((error) => error);
          const what = `${operation}, ${way}`;
          await patiently(what, files.hangs);
          const reason = new Error("enough");
          if (way === "signal") controller.abort(reason);
          else if (way === "return") await patiently(what, iterator.return!());
          await patiently(what, subscription.close());
          assertEquals(
            await patiently(what, reading),
            way === "signal" ? reason : undefined,
            what,
          );
          await files.release();
          assertEquals(files.open, 0, what);
        }
      }
    },
    { settings: { logical_decoding_work_mem: "64kB" } },
  );
}

function plugins(): Record<
  string,
  Pick<SubscribeOptions, "plugin" | "publication">
> {
  return {
    pgoutput: { publication: "p" },
    test_decoding: { plugin: testDecoding() },
  };
}
