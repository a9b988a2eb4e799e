import { withDeadline } from "../deadline.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type { Dial, Environment, Socket } from "../socket/socket.ts";
import { Backend } from "./backend/backend.ts";
import { Instance } from "./backend/instance.ts";
import { FakeDatabase } from "./fake_database.ts";
import type { FakeServerOptions } from "./options/fake_server_options.ts";
import type { AnyTables } from "./options/typed_rows.ts";
import { DATABASE } from "./sql/preflight_queries.ts";

/** The current state of a replication slot of a fake server. */
export interface FakeSlot {
  /** Its name. */
  readonly name: string;
  /** The position up to which the consumer has confirmed everything. */
  readonly confirmedFlushLsn: Lsn;
  /** Whether a connection streams it. */
  readonly isActive: boolean;
  /** Why it was invalidated; `null` if it is usable. */
  readonly invalidationReason: string | null;
}

/** The options with which `subscribe()` and `connect()` reach a fake server. */
export interface FakeServerConnection {
  /** The address of the fake server, which only its `dial` knows. */
  readonly connection: string;
  /** Opens connections in memory. */
  readonly dial: Dial;
  /** An environment without variables and files: the fake server needs no password. */
  readonly environment: Environment;
}

/**
 * A PostgreSQL server in memory, for tests of consumers. {@linkcode fakeServer} creates it.
 *
 * It supports the replication protocol and pgoutput, and answers the queries of this library.
 * It has no port, no files and no time of its own: an operation is committed when its call
 * returns.
 *
 * @example A connection that breaks between two changes
 * ```ts
 * import { subscribe } from "@walbrook/walbrook";
 * import { fakeServer } from "@walbrook/walbrook/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const server = fakeServer({
 *   publication: "shop",
 *   tables: { "public.orders": { columns: { id: "int" }, primaryKey: "id" } },
 * });
 * const subscription = await subscribe({
 *   ...server.options,
 *   slot: { name: "search", create: true },
 *   publication: "shop",
 *   retry: { initialDelayMs: 1 },
 * });
 * server.insert("public.orders", { id: 1 });
 * const ids: unknown[] = [];
 * for await (const event of subscription) {
 *   if (event.kind !== "insert") continue;
 *   if (ids.push(event.newRow.id) === 2) break;
 *   server.disconnect();
 *   server.insert("public.orders", { id: 2 });
 * }
 * assertEquals(ids, [1, 2]);
 * await subscription.close();
 * server.close();
 * ```
 *
 * @typeParam Tables The types of the tables' rows: see {@linkcode fakeServer}.
 */
export class FakeServer<Tables = AnyTables> extends FakeDatabase<Tables> {
  readonly #instance: Instance;
  #isRunning = true;

  /**
   * Created by {@linkcode fakeServer}.
   *
   * @param options Its tables, and its other properties.
   * @throws {TypeError} If the definition of a table or a type is invalid.
   */
  constructor(options: FakeServerOptions = {}) {
    const instance = new Instance(options);
    super(instance, options.tables ?? {});
    this.#instance = instance;
  }

  /**
   * The options with which `subscribe()` reaches it: `subscribe({ ...server.options, … })`.
   */
  get options(): FakeServerConnection {
    return {
      connection:
        `postgres://walbrook@fake.invalid/${DATABASE}?sslmode=disable`,
      dial: this.dial,
      environment: { get: () => undefined },
    };
  }

  /** Opens a connection in memory, whatever the address. */
  readonly dial: Dial = (_address, { signal } = {}): Promise<Socket> => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!this.#isRunning) {
      return Promise.reject(new Error("The fake server is stopped"));
    }
    return Promise.resolve(new Backend(this.#instance).socket);
  };

  /** The number of open connections. */
  get connections(): number {
    return this.#instance.backends.size;
  }

  /**
   * Returns the current state of a replication slot.
   *
   * @param name Its name.
   * @returns The slot, or `null` if it does not exist.
   */
  slot(name: string): FakeSlot | null {
    const slot = this.#instance.slots.find(name);
    return slot === undefined ? null : {
      name,
      confirmedFlushLsn: slot.confirmed,
      isActive: slot.activePid !== null,
      invalidationReason: slot.invalidation,
    };
  }

  /**
   * Creates a slot, which retains everything from now on.
   *
   * @param name Its name.
   */
  createSlot(name: string): void {
    this.check();
    const { slots, database } = this.#instance;
    const fields = { name, temporaryOf: null, twoPhase: false };
    slots.create(fields, database.log.end);
  }

  /**
   * Drops a slot, like an operator who does not know its purpose. A connection that streams
   * it is ended.
   *
   * @param name Its name.
   */
  dropSlot(name: string): void {
    this.check();
    this.#terminate(name, "57P01", ADMIN_SHUTDOWN);
    this.#instance.slots.drop(name);
  }

  /**
   * Invalidates a slot, as if the server had removed WAL that the consumer needs. A
   * connection that streams it is ended.
   *
   * @param name Its name.
   * @param reason The server's reason (`invalidation_reason`).
   */
  slotLost(name: string, reason = "wal_removed"): void {
    this.check();
    this.#instance.slots.get(name).invalidation = reason;
    this.#terminate(
      name,
      "57P01",
      "terminating connection due to administrator command",
    );
  }

  /**
   * Waits until the consumer has confirmed a position.
   *
   * @param slot The name of its slot.
   * @param position For example the `endLsn` of a transaction.
   * @param options `timeoutMs`: how long to wait, in milliseconds; 20,000 by default, 0 for
   * no limit.
   * @throws {Error} If it has not confirmed the position by then, or has sent SQL that the
   * server does not recognize.
   */
  async confirmed(
    slot: string,
    position: Lsn,
    { timeoutMs = 20_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<void> {
    this.check();
    const timeoutError = () => new Error(this.#unconfirmed(slot, position));
    await withDeadline(
      { signal: undefined, timeoutMs, timeoutError },
      (signal) => this.#instance.slots.confirmed(slot, position, signal),
    );
  }

  /**
   * Resets all connections without a message, like a broken network. The server continues.
   */
  disconnect(): void {
    for (const backend of [...this.#instance.backends]) backend.reset();
  }

  /**
   * Crashes the server, and restarts it immediately. Committed transactions remain. A slot
   * returns to its position at the last {@linkcode FakeServer.checkpoint}, so everything
   * confirmed since then is sent again. This can happen with a real server, too, which writes
   * the position of a slot to its disk only occasionally.
   */
  crash(): void {
    this.disconnect();
    this.#instance.slots.restore();
  }

  /** Writes the positions of the slots to disk, so that a crash does not set them back. */
  checkpoint(): void {
    this.#instance.slots.save();
  }

  /** Shuts the server down: connections are ended, and rejected until it is started again. */
  stop(): void {
    this.#isRunning = false;
    this.checkpoint();
    for (const backend of [...this.#instance.backends]) {
      backend.terminate("57P01", ADMIN_SHUTDOWN);
    }
  }

  /** Starts the server again. */
  start(): void {
    this.#isRunning = true;
  }

  /** Stops sending changes, like a server that is busy with something else. */
  hold(): void {
    this.#instance.isHeld = true;
  }

  /** Resumes sending changes. */
  release(): void {
    this.#instance.isHeld = false;
    this.#instance.notify();
  }

  /**
   * Delays everything that the server sends.
   *
   * @param ms The delay in milliseconds; 0 for none.
   */
  delay(ms: number): void {
    this.#instance.delayMs = ms;
  }

  /**
   * Ends all connections.
   *
   * @throws {Error} If the server received SQL that it does not recognize: the caller may
   * have continued without an answer.
   */
  close(): void {
    this.#isRunning = false;
    this.disconnect();
    this.check();
  }

  /** Closes the server: {@linkcode FakeServer.close} for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #unconfirmed(name: string, position: Lsn): string {
    const slot = this.slot(name);
    const wanted = `The consumer has not confirmed ${formatLsn(position)}`;
    if (slot === null) return `${wanted}: there is no slot "${name}"`;
    return `${wanted}: the position of slot "${name}" is ${
      formatLsn(slot.confirmedFlushLsn)
    }, and ${slot.isActive ? "is being streamed" : "nobody streams it"}`;
  }

  #terminate(slot: string, code: string, message: string): void {
    for (const backend of [...this.#instance.backends]) {
      if (backend.slot === slot) backend.terminate(code, message);
    }
  }
}

const ADMIN_SHUTDOWN = "terminating connection due to administrator command";

/**
 * Creates a PostgreSQL server in memory, for tests of consumers.
 *
 * @example A test without a database
 * ```ts
 * import { subscribe } from "@walbrook/walbrook";
 * import { fakeServer } from "@walbrook/walbrook/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const server = fakeServer({
 *   publication: "shop",
 *   tables: {
 *     "public.orders": {
 *       columns: { id: "bigint", total: "numeric(10,2)" },
 *       primaryKey: "id",
 *     },
 *   },
 * });
 * const subscription = await subscribe({
 *   ...server.options,
 *   slot: { name: "search_indexer", create: true },
 *   publication: "shop",
 * });
 * server.insert("public.orders", { id: 1n, total: "9.9" });
 *
 * for await (const event of subscription) {
 *   if (event.kind !== "insert") continue;
 *   assertEquals(event.newRow, { id: 1n, total: "9.90" });
 *   break;
 * }
 * await subscription.close();
 * server.close();
 * ```
 *
 * @typeParam Tables The types of the tables' rows, as for `subscribe<Tables>()`: a test that
 * uses tables, columns or values that do not exist does not compile.
 * @param options Its tables, and its other properties.
 * @returns The running server.
 * @throws {TypeError} If the definition of a table or a type is invalid.
 */
export function fakeServer<Tables = AnyTables>(
  options: FakeServerOptions = {},
): FakeServer<Tables> {
  return new FakeServer<Tables>(options);
}
