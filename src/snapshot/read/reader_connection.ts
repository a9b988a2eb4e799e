import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import type { PostgresErrorFields } from "../../errors.ts";
import { type Lsn, parseServerLsn } from "../../lsn.ts";
import { serverMajor } from "../../replication/server_major.ts";
import { openSession } from "../../session/open_session.ts";
import type { Session } from "../../session/session.ts";
import type { Dial } from "../../socket/socket.ts";
import {
  parseSnapshot,
  type TransactionSnapshot,
  widenXid,
} from "../meet/visibility.ts";
import { beginReading } from "./chunk_query.ts";
import { type PublishedTable, readTableRow } from "./published_table.ts";
import { tableQuery } from "./table_query.ts";

/** Options for a {@linkcode ReaderConnection}. */
export interface ReaderConnectionOptions {
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
}

/** What is known of the server before anything is copied. */
export interface ServerFacts {
  /** Whether it is a standby. */
  readonly isStandby: boolean;
  /** Its `wal_writer_delay`, in milliseconds. */
  readonly walWriterDelayMs: number;
}

/** An ordinary connection, which is opened when it is needed, and what is asked on it. */
export class ReaderConnection {
  readonly #options: ReaderConnectionOptions;
  #session: Session | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** @param options Whom to ask. */
  constructor(options: ReaderConnectionOptions) {
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
    return await this.run(async (session) => {
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

  /** Tells for people which transactions have these ids. */
  async blockers(xids: readonly bigint[]): Promise<readonly string[]> {
    const list = xids.map((xid) => `'${BigInt.asUintN(32, xid)}'`).join(", ");
    const results = await this.run((session) =>
      this.#query(session, blockerQuery(list))
    );
    return (results[0]?.rows ?? []).map(([line]) => line ?? "");
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

  /** Closes the connection. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }

  async #row(query: string): Promise<readonly (string | null)[]> {
    const results = await this.run((session) => this.#query(session, query));
    return results[0]?.rows[0] ?? [];
  }

  #query(
    session: Session,
    query: string,
  ): ReturnType<Session["query"]> {
    return session.query(query, { signal: this.#options.signal });
  }

  /** Does something on it, one after the other. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const run = () => this.#runNow(work);
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => {});
    return result;
  }

  /** The connection, for who does nothing else on it meanwhile. */
  async open(): Promise<Session> {
    const { dial, settings, signal, onNotice } = this.#options;
    signal.throwIfAborted();
    this.#session ??= await openSession({
      dial,
      settings: settings(),
      replication: undefined,
      ...{ signal, onNotice },
    });
    return this.#session;
  }

  async #runNow<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    const session = await this.open();
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

// Sessions of others tell their state only to members of pg_read_all_stats.
function blockerQuery(xids: string): string {
  return `SELECT pg_catalog.format('transaction %s: prepared as "%s" at %s', p.transaction, p.gid, p.prepared)
FROM pg_catalog.pg_prepared_xacts p
WHERE p.transaction::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[${xids}])
UNION ALL
SELECT pg_catalog.format('transaction %s: process %s (%s), %s since %s', a.backend_xid, a.pid,
  a.application_name, COALESCE(a.state, 'in a state that this role may not see'), a.xact_start)
FROM pg_catalog.pg_stat_activity a
WHERE a.backend_xid::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[${xids}])`;
}
