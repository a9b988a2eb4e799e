import {
  type PostgresServer,
  startPostgres,
} from "../../examples/demo/postgres_server.ts";
import { makeAuthority } from "../../tests/login/certificates.ts";
import {
  connect,
  type ReplicationConnection,
} from "../../src/replication_mod.ts";
import type { ServerAddress } from "../program/job.ts";
import type { Workload } from "../workloads/workload.ts";

/** The amount of a workload to prepare. */
export interface Prepared {
  readonly workload: Workload;
  /** All rows that were changed, with those of the lead-in. */
  readonly rows: number;
  /** The rows that come first and are not measured. */
  readonly leadIn: number;
  /** The position in the log before the last row of the lead-in, as text. */
  readonly leadInEnd: string;
  /** The end of the last row in the log, as text. */
  readonly end: string;
}

/** The time limit for clients to connect, in milliseconds. */
const WAIT_LIMIT_MS = 60_000;

// While a slice is measured, only the walsender should be working. Three processes at once
// have 100 subscriptions each, whose slots are copies of another slot.
const SETTINGS: Readonly<Record<string, string>> = {
  autovacuum: "off",
  checkpoint_timeout: "1h",
  fsync: "off",
  logical_decoding_work_mem: "1GB",
  max_replication_slots: "350",
  max_wal_senders: "350",
  max_connections: "400",
  max_wal_size: "16GB",
  ssl: "on",
  ssl_cert_file: "server.crt",
  ssl_key_file: "server.key",
};

/** A real server with prepared workloads, and slots to follow them by. */
export class Source implements AsyncDisposable {
  readonly #server: PostgresServer;
  readonly #session: ReplicationConnection;
  readonly #authority: string;
  readonly #closed: () => Promise<void>;
  #slots = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    server: PostgresServer,
    { session, authority, closed }: {
      readonly session: ReplicationConnection;
      readonly authority: string;
      readonly closed: () => Promise<void>;
    },
  ) {
    this.#server = server;
    this.#session = session;
    this.#authority = authority;
    this.#closed = closed;
  }

  /** Starts the server. */
  static async start(): Promise<Source> {
    await using stack = new AsyncDisposableStack();
    const authority = await makeAuthority("Walbrook's benches");
    const { certificate, key } = await authority.issue([
      { type: "ip", value: "127.0.0.1" },
    ]);
    const server = stack.use(
      await startPostgres({
        major: 18,
        settings: SETTINGS,
        files: { "server.crt": certificate, "server.key": key },
      }),
    );
    const session = stack.use(await connect(`${server.url}?sslmode=disable`));
    await session.query("SET search_path = public");
    const kept = stack.move();
    return new Source(server, {
      session,
      authority: authority.certificate,
      closed: () => kept.disposeAsync(),
    });
  }

  /** Where it listens. */
  get address(): ServerAddress {
    const { host, port } = this.#server;
    return { host, port };
  }

  /** Where it listens, for those who connect by TLS. */
  get encryptedAddress(): ServerAddress {
    return { ...this.address, authority: this.#authority };
  }

  /** Its URL, for its superuser. */
  get url(): string {
    return this.#server.url;
  }

  /** Runs SQL, and returns the first value of the answer. */
  query(sql: string): Promise<string | null> {
    // Clients that start at the same time share the session.
    const answer = this.#last.then(async () => {
      const [result] = await this.#session.query(sql);
      return result?.rows[0]?.[0] ?? null;
    });
    this.#last = answer.catch(() => null);
    return answer;
  }

  /**
   * Makes the changes of a workload, and a slot of its name that begins before them.
   *
   * @param workload The workload.
   * @param size How many rows to change.
   */
  async prepare(
    workload: Workload,
    { rows, leadIn }: Pick<Prepared, "rows" | "leadIn">,
  ): Promise<Prepared> {
    await this.query(workload.setUp);
    await this.createSlot(workload.name);
    if (leadIn > 1) await this.query(workload.fill(1, leadIn - 1));
    const leadInEnd = await this.#mark();
    // A client that reads up to this end stops at the next change. It must be small, since
    // the server sends a large transaction only after decoding all of it.
    if (leadIn > 0) await this.query(workload.fill(leadIn, 1));
    await this.query(workload.fill(leadIn + 1, rows - leadIn));
    return { workload, rows, leadIn, leadInEnd, end: await this.#mark() };
  }

  /** Makes a logical slot that begins now. */
  async createSlot(name: string): Promise<void> {
    await this.query(
      `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
    );
  }

  /** Copies a slot, so that the copy begins where it does. */
  async copySlot(name: string): Promise<string> {
    const copy = `${name}_${this.#slots++}`;
    await this.query(
      `SELECT pg_copy_logical_replication_slot('${name}', '${copy}')`,
    );
    return copy;
  }

  /** Drops a slot. Whoever follows it loses the connection. */
  async dropSlot(slot: string): Promise<void> {
    await this.query(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
      WHERE slot_name = '${slot}' AND active`,
    );
    await this.#waitFor(
      `SELECT NOT active FROM pg_replication_slots WHERE slot_name = '${slot}'`,
    );
    await this.query(`SELECT pg_drop_replication_slot('${slot}')`);
  }

  /** Waits until this number of clients receive changes. */
  async waitForWalsenders(count: number): Promise<void> {
    await this.#waitFor(
      `SELECT count(*) >= ${count} FROM pg_stat_replication
      WHERE state = 'streaming'`,
    );
  }

  /** Waits until slots are in use. */
  async waitForSlots(names: readonly string[]): Promise<void> {
    const list = names.map((name) => `'${name}'`).join(", ") || "NULL";
    await this.#waitFor(
      `SELECT count(*) = ${names.length} FROM pg_replication_slots
      JOIN pg_stat_replication ON active_pid = pid AND state = 'streaming'
      WHERE slot_name IN (${list})`,
    );
  }

  /** Removes a workload. */
  async remove({ name, tearDown }: Workload): Promise<void> {
    await this.dropSlot(name);
    await this.query(`DROP PUBLICATION ${name}; ${tearDown}`);
    await this.query("CHECKPOINT");
  }

  /** Stops the server, and removes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#closed();
  }

  async #waitFor(condition: string): Promise<void> {
    const end = performance.now() + WAIT_LIMIT_MS;
    while (await this.query(condition) !== "t") {
      if (performance.now() > end) {
        throw new Error(`The server has waited too long for: ${condition}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  // A record of its own, flushed, so that there is an end to come to.
  async #mark(): Promise<string> {
    const end = await this.query(
      "SELECT pg_logical_emit_message(false, 'mark', '', true)",
    );
    return end!;
  }
}
