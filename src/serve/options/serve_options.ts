import type { DoctorReport } from "../../doctor/report.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { Sink } from "../../sink/sink.ts";
import type { Authorize } from "../access/authorize.ts";

/** Options for {@linkcode serve}. */
export interface ServeOptions {
  /**
   * Decides which tables, columns and rows a request for `/changes` may see; it looks at the
   * request's cookies or headers, or whatever the application knows its users by. Without it,
   * `/changes` takes the {@linkcode ServeOptions.token | token}, and refuses everyone if there is
   * none.
   *
   * @default {undefined}
   */
  readonly authorize?: Authorize;
  /**
   * A secret that the page, `/metrics`, `/doctor` and `/events` ask for: as
   * `Authorization: Bearer …`, or in a cookie, which opening `/?token=…` sets. Without it they are
   * open to whoever reaches them, and nothing can be done by the page.
   *
   * @default {undefined}
   */
  readonly token?: string;
  /**
   * The names by which the service is reached, with or without a port: `"live.example.com"`.
   * Requests for any other host are refused, but for those of the machine itself.
   *
   * @default {[]} `localhost`, `127.0.0.1` and `[::1]`
   */
  readonly hosts?: readonly string[];
  /**
   * Delivers the changes to destinations too. It gets all events but those of copies for clients,
   * and passes them to `deliver()` as its option `events`. The page shows the sink.
   *
   * @default {undefined}
   */
  readonly deliver?: (
    events: ReadableStream<readonly ReplicationEvent[]>,
  ) => Sink;
  /**
   * The columns whose values the page shows: `public.orders.status`. All others are masked before
   * they leave the server, key columns included.
   *
   * @default {[]}
   */
  readonly showValues?: readonly string[];
  /** The slot's name, for the page. @default {""} */
  readonly slotName?: string;
  /** Examines the server, for `/doctor` and the page: `() => runDoctor(url, …)`. */
  readonly doctor?: () => Promise<DoctorReport>;
  /** Limits for the clients of `/changes`. */
  readonly limits?: ServeLimits;
  /** Told of what goes wrong beside the stream, such as a table that can't be read. */
  readonly onProblem?: (error: unknown) => void;
}

/** Limits for the clients of `/changes`. */
export interface ServeLimits {
  /** How many clients there may be; more get status 503. @default {10_000} */
  readonly clients?: number;
  /** How many different requests may wait for their rows; more get 503. @default {1_000} */
  readonly waiting?: number;
  /**
   * How many bytes may wait for a client before it is cut off. It connects again and goes on
   * where it was, if it can. While a client gets its rows, copies wait for it first.
   *
   * @default {1_048_576} 1 MiB
   */
  readonly clientBytes?: number;
  /** For how long a client may take nothing of what waits, in milliseconds. @default {30_000} */
  readonly stallMs?: number;
  /** About how many bytes of the last changes are kept to go on from. @default {67_108_864} 64 MiB */
  readonly keptBytes?: number;
  /** For how long they are kept, in milliseconds. @default {600_000} 10 minutes */
  readonly keptMs?: number;
  /**
   * About how many bytes a transaction may have. After a larger one the rows of its tables are
   * read again.
   *
   * @default {33_554_432} 32 MiB
   */
  readonly transactionBytes?: number;
  /** How often a connection gets a comment that keeps it open, in milliseconds. @default {15_000} */
  readonly keepaliveMs?: number;
}
