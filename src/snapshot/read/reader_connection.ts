import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import { withDeadline } from "../../deadline.ts";
import { ConnectionError, type PostgresErrorFields } from "../../errors.ts";
import { type Lsn, parseServerLsn } from "../../lsn.ts";
import { serverMajor } from "../../replication/server_major.ts";
import { openSession } from "../../session/open_session.ts";
import type { Session } from "../../session/session.ts";
import type { Dial } from "../../socket/socket.ts";
import {
  parseSnapshot,
  type TransactionSnapshot,
  widenXid,
} from "../reconcile/visibility.ts";
import { answered } from "./answered.ts";
import { beginReading } from "./chunk_query.ts";
import { type PublishedTable, readTableRow } from "./published_table.ts";
import {
  blockerQuery,
  existsQuery,
  FACTS_QUERY,
  FLUSH_QUERY,
  NEXT_XID_QUERY,
  SNAPSHOT_QUERY,
} from "./reader_queries.ts";
import { tableQuery } from "./table_query.ts";

const LOGIN_DEADLINE_MS = 60_000;

/** Options for a {@linkcode ReaderConnection}. */
export interface ReaderConnectionOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The server and the credentials: at each connection those of the stream at that time. */
  readonly settings: () => ConnectionSettings;
  /** Aborts everything. */
  readonly signal: AbortSignal;
  /** Called with every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /** The publications whose tables to copy. */
  readonly publications: readonly string[];
}

/** Facts about the server that are needed before copying. */
export interface ServerFacts {
  /** Whether it is a standby. */
  readonly isStandby: boolean;
  /** Its `wal_writer_delay`, in milliseconds. */
  readonly walWriterDelayMs: number;
}

/** An ordinary connection, which is opened when needed, and the queries on it. */
export class ReaderConnection {
  readonly #options: ReaderConnectionOptions;
  #session: Session | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** @param options The server to query. */
  constructor(options: ReaderConnectionOptions) {
    this.#options = options;
  }

  /** Returns the facts about the server. */
  async facts(): Promise<ServerFacts> {
    const [isStandby, delay] = await this.#row(FACTS_QUERY);
    return { isStandby: isStandby === "t", walWriterDelayMs: Number(delay) };
  }

  /**
   * Returns the published tables.
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

  /** Whether a table with that OID exists, published or not. */
  async exists(oid: number): Promise<boolean> {
    const [found] = await this.#row(existsQuery(oid));
    return found === "t";
  }

  /** Describes, as text for people, the transactions with these ids. */
  async blockers(xids: readonly bigint[]): Promise<readonly string[]> {
    const list = xids.map((xid) => `'${BigInt.asUintN(32, xid)}'`).join(", ");
    const results = await this.run((session) =>
      this.#query(session, blockerQuery(list))
    );
    return (results[0]?.rows ?? []).map(([line]) => line ?? "");
  }

  /**
   * The id of the next transaction (all earlier ones have lower ids), and the snapshot of a
   * query at that moment.
   */
  async nextXid(): Promise<
    { readonly xid: bigint; readonly snapshot: TransactionSnapshot }
  > {
    // age() counts from there. Source: xid_age() in xid.c.
    const [text, age] = await this.#row(NEXT_XID_QUERY);
    const snapshot = parseSnapshot(text ?? "");
    const next = (Number(age) + 3) >>> 0;
    return { xid: widenXid(next, snapshot.xmax), snapshot };
  }

  /** The snapshot of a query at this moment. */
  async currentSnapshot(): Promise<TransactionSnapshot> {
    const [text] = await this.#row(SNAPSHOT_QUERY);
    return parseSnapshot(text ?? "");
  }

  /** The position up to which the WAL is currently flushed. */
  async flushLsn(): Promise<Lsn> {
    const [text] = await this.#row(FLUSH_QUERY);
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

  /** Runs work on the connection, one piece at a time. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const run = () => this.#runNow(work);
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Returns the connection, for callers that run nothing else on it in the meantime. */
  async open(): Promise<Session> {
    const { dial, settings, signal, onNotice } = this.#options;
    signal.throwIfAborted();
    this.#session ??= await withDeadline(
      { signal, timeoutMs: LOGIN_DEADLINE_MS, timeoutError: loginTooLate },
      (signal) =>
        openSession({
          dial,
          settings: withoutTimeouts(settings()),
          replication: undefined,
          ...{ signal, onNotice },
        }),
    );
    return this.#session;
  }

  /** Waits for an answer on the connection, unless the link turns out to be broken. */
  protected answered<T>(session: Session, work: () => Promise<T>): Promise<T> {
    return answered(session, this.#options, work);
  }

  async #runNow<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    const session = await this.open();
    try {
      return await this.answered(session, () => work(session));
    } catch (error) {
      // Work in progress ends with it.
      if (this.#session === session) await this.close();
      signal.throwIfAborted();
      throw error;
    }
  }
}

function loginTooLate(): ConnectionError {
  return new ConnectionError(
    `The server has not completed a login within ${LOGIN_DEADLINE_MS / 1000} s`,
  );
}

// For queries outside of the reading transactions: a pooler may not pass these on.
function withoutTimeouts(settings: ConnectionSettings): ConnectionSettings {
  const { options = "", ...others } = settings.parameters;
  const off = [
    ...["statement_timeout", "lock_timeout", "idle_session_timeout"],
    "idle_in_transaction_session_timeout",
  ].map((name) => `-c ${name}=0`);
  const parameters = { ...others, options: [options, ...off].join(" ").trim() };
  return { ...settings, parameters };
}
