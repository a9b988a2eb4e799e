import type { DoctorReport } from "../../doctor/report.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Sink } from "../../sink/sink.ts";
import type { Authorize } from "../access/authorize.ts";

/** Options for {@linkcode serve}. */
export interface ServeOptions {
  /**
   * Decides which tables, columns and rows a request for `/changes` may read, based on the
   * request's cookies or headers, or however the application identifies its users. Without
   * it, `/changes` requires the {@linkcode ServeOptions.token | token}, and rejects everyone
   * if there is none.
   *
   * @default {undefined}
   */
  readonly authorize?: Authorize;
  /**
   * A secret that the page, `/metrics`, `/doctor` and `/events` require: as `Authorization:
   * Bearer …`, or in a cookie that `/?token=…` sets. Without it they are open to anyone who
   * can reach them, and the page offers no actions.
   *
   * @default {undefined}
   */
  readonly token?: string;
  /**
   * The host names of the service, with or without a port: `"live.example.com"`. Requests for
   * any other name are rejected, except `localhost`; those for an IP address, which probes send,
   * are accepted.
   *
   * @default {[]} `localhost` and IP addresses
   */
  readonly hosts?: readonly string[];
  /**
   * Also delivers the changes to destinations. The function gets all events except those of
   * copies for clients, and passes them to `deliver()` as its option `events`. The page shows
   * the sink.
   *
   * @default {undefined}
   */
  readonly deliver?: (
    events: ReadableStream<readonly ReplicationEvent[]>,
  ) => Sink;
  /**
   * The columns whose values the page shows: `public.orders.status`. All others are masked
   * before they leave the server, including key columns.
   *
   * @default {[]}
   */
  readonly showValues?: readonly string[];
  /**
   * The slot's name, for the page.
   *
   * @default {""}
   */
  readonly slotName?: string;
  /**
   * The source of the changes as the page shows it, so that two pages can't be confused.
   *
   * @default {{}} database, server and publications as the option `doctor` found them
   */
  readonly source?: ServedSource;
  /**
   * Examines the server, for `/doctor` and the page: `() => runDoctor(url, …)`.
   *
   * @default {undefined} `/doctor` answers 404
   */
  readonly doctor?: () => Promise<DoctorReport>;
  /**
   * Limits for the clients of `/changes`.
   *
   * @default {{}}
   */
  readonly limits?: ServeLimits;
  /**
   * Called with errors outside of the stream, such as a table that can't be read.
   *
   * @default {undefined} errors are not reported
   */
  readonly onProblem?: (error: unknown) => void;
}

/** Where changes come from, for the page. */
export interface ServedSource {
  /** The database's name. */
  readonly database?: string;
  /** The server's name and port: `"db1.internal:5432"`. */
  readonly host?: string;
  /** The publications' names. */
  readonly publication?: string;
  /** The version of the program that serves. */
  readonly version?: string;
}

/** Limits for the clients of `/changes`. */
export interface ServeLimits {
  /**
   * The maximum number of clients; others get status 503.
   *
   * @default {10_000}
   */
  readonly clients?: number;
  /**
   * The maximum number of requests that wait for rows; others get 503.
   *
   * @default {1_000}
   */
  readonly waiting?: number;
  /**
   * How many bytes may wait for a client before it is disconnected. It reconnects and
   * continues where it was, if possible. While a client receives its rows, copies wait for it
   * first.
   *
   * @default {1_048_576} 1 MiB
   */
  readonly clientBytes?: number;
  /**
   * How long a client may read nothing, in milliseconds.
   *
   * @default {30_000}
   */
  readonly stallMs?: number;
  /**
   * The approximate size of the changes kept for reconnections, in bytes.
   *
   * @default {67_108_864} 64 MiB
   */
  readonly keptBytes?: number;
  /**
   * How long they are kept, in milliseconds.
   *
   * @default {600_000} 10 minutes
   */
  readonly keptMs?: number;
  /**
   * The approximate maximum size of a transaction, in bytes. After a larger one, the rows of
   * its tables are read again.
   *
   * @default {33_554_432} 32 MiB
   */
  readonly transactionBytes?: number;
  /**
   * How often to send a comment that keeps a connection open, in milliseconds.
   *
   * @default {15_000}
   */
  readonly keepaliveMs?: number;
}
