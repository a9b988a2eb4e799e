import type { ConnectionOptions } from "../connection/connection_options.ts";
import type { PostgresErrorFields } from "../errors.ts";
import type { OnGap } from "../events/gap.ts";
import type { Lsn } from "../lsn.ts";
import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import type { CheckpointStore } from "../preflight/checkpoint.ts";
import type { SnapshotOptions } from "../snapshot/snapshot_options.ts";
import type { SlotOptions } from "../preflight/slot_options.ts";
import type { OnBadValue } from "../rows/row_decoder.ts";
import type { Dial, Environment, OpenTemporaryFile } from "../socket/socket.ts";
import type { SlotGuardOptions } from "./guard/slot_guard_options.ts";
import type { RetryOptions } from "./retry.ts";
import type { SubscriptionStatus } from "./views/status.ts";
import type { TypeParsers } from "../values/own_parsers.ts";
import type { OnWarning } from "../warning.ts";

/**
 * How to buffer transactions that have not ended.
 *
 * @category Options
 */
export interface StreamingOptions {
  /**
   * The memory limit, in bytes, for all buffered transactions together. What exceeds it is
   * spilled to temporary files. (A streamed transaction has already exceeded the server's
   * `logical_decoding_work_mem`, 64 MB by default, so most of it is spilled anyway.)
   *
   * @default {2_097_152} 8_388_608 without temporary files
   */
  readonly memoryLimit?: number;
  /**
   * Opens a temporary file in a place of your choice.
   *
   * @default {undefined} `environment` opens it in the system's temporary directory
   */
  readonly openTemporaryFile?: OpenTemporaryFile;
}

/**
 * Options for {@linkcode subscribe}: what to subscribe to, and how. The types of single
 * options are exported by `@walbrook/walbrook/subscription`, and by `./snapshot`, `./values`
 * and `./socket`.
 *
 * @example A subscription that creates its slot and delivers transactions when prepared
 * ```ts
 * import type { SubscribeOptions } from "@walbrook/walbrook";
 *
 * const options: SubscribeOptions = {
 *   connection: "postgres://localhost/shop",
 *   slot: { name: "orders_feed", create: true },
 *   publication: "orders",
 *   twoPhase: true,
 *   retry: { maxDelayMs: 5_000 },
 *   onWarning: ({ message }) => console.warn(message),
 * };
 * ```
 *
 * @category Subscribe
 */
export interface SubscribeOptions {
  /**
   * The server: a URL (a string or a `URL`), libpq's `key=value` pairs, or an object.
   *
   * @default {undefined} only the `PG*` environment variables
   */
  readonly connection?: string | URL | ConnectionOptions;
  /**
   * The replication slot, which stores the consumer's position on the server: the name of one
   * that exists, or an object that may also create it.
   */
  readonly slot: string | SlotOptions;
  /**
   * The publication or publications whose tables to follow. Required with `pgoutput`; other
   * plugins have no publications.
   */
  readonly publication?: string | readonly string[];
  /**
   * An output plugin other than `pgoutput`: `testDecoding()` from
   * `@walbrook/walbrook/test_decoding`, or `wal2json()` from `@walbrook/walbrook/wal2json`.
   *
   * @default {undefined} `pgoutput`
   */
  readonly plugin?: OutputPlugin;
  /**
   * When a transaction counts as processed, which allows the server to discard it.
   *
   * - `"consumed"`: when the consumer has received all of it and asks for more.
   * - `"manual"`: when it is passed to `acknowledge()`.
   *
   * @default {"consumed"}
   */
  readonly acknowledge?: "consumed" | "manual";
  /**
   * Whether a message outside of a transaction (`pg_logical_emit_message(false, …)`) must be
   * acknowledged like a transaction when `acknowledge` is `"manual"`. By default such a
   * message counts as processed when the consumer has received it and asks for more: anyone
   * in the database may emit one, for example as another program's heartbeat, and one that is
   * never acknowledged would hold back the slot.
   *
   * @default {false}
   */
  readonly acknowledgeMessages?: boolean;
  /**
   * Ends the stream after delivering everything that committed before this position; `"now"`
   * means the end of the server's WAL at the time of the call. `"snapshot"` ends it with the
   * copy of the tables.
   *
   * While tables are copied, a position ends the stream only where nothing is lost: at the
   * end of a chunk if the next run continues the copy from the checkpoint, at least one chunk
   * a run; otherwise (`snapshot: "always"`, a temporary slot, a pending call of
   * `subscription.snapshot()`) with the copy. Changes committed later are then delivered, too.
   *
   * @default {undefined} the stream has no end
   */
  readonly until?: Lsn | "now" | "snapshot";
  /**
   * The start position, for consumers that store their own position. Everything that
   * committed before it is skipped permanently.
   *
   * @default {undefined} the slot's position
   */
  readonly startLsn?: Lsn;
  /**
   * The store of the consumer's own position. The stream starts from there rather than from
   * the slot's position, which a server crash can set back.
   *
   * @default {undefined} only the slot stores the position
   */
  readonly checkpoint?: CheckpointStore;
  /**
   * Whether to copy the rows that already exist while changes are delivered: `"initial"`
   * copies each table once, `"always"` copies at every start, and an object sets details.
   * Nothing is written to the server, and no snapshot or lock is held for longer than it
   * takes to read a few rows. At every point of the stream, each copied row is in the state
   * of that point.
   *
   * Requires `checkpoint`, which stores what has been copied, unless everything is copied at
   * every start. Cannot be combined with `twoPhase` or another `plugin`.
   *
   * @default {undefined} no copy, only changes
   */
  readonly snapshot?: "initial" | "always" | SnapshotOptions;
  /**
   * Whether to continue if the server is on a later timeline than before, for example after a
   * failover: transactions may be lost.
   *
   * @default {false}
   */
  readonly acceptTimeline?: boolean;
  /**
   * Whether to deliver messages of `pg_logical_emit_message`.
   *
   * @default {true}
   */
  readonly messages?: boolean;
  /**
   * Whether to request values in the binary format of their types, which saves the server and
   * the network work if there are many numbers, times or bytes. (A database with the encoding
   * SQL_ASCII sends text regardless.) The values are the same, except for `money` (the
   * smallest units, as a `bigint`), `regclass` and similar types (an OID) and unknown types
   * of extensions (a `Uint8Array`). If a published table has an array, range or composite of
   * a type without a binary format, all values come as text, and `onWarning` is called
   * (`noBinaryForm`).
   *
   * @default {false}
   */
  readonly binary?: boolean;
  /**
   * Which changes to deliver, by origin: `"any"` for all, `"none"` for only those made on
   * this server, not replicated to it. Requires PostgreSQL 16 or later.
   *
   * @default {"any"}
   */
  readonly origin?: "any" | "none";
  /**
   * Whether the server sends transactions that exceed its `logical_decoding_work_mem` while
   * they are still running, not only after they commit. The consumer receives the same
   * events: whole transactions, in commit order. Until a transaction commits, the client
   * buffers it in memory and beyond that in temporary files; if it is rolled back, the client
   * discards it.
   *
   * This saves the server from spilling such transactions to disk, and most of a large
   * transaction has already arrived when it commits. It costs the client the disk space, and
   * the network traffic of what is rolled back.
   *
   * With another `plugin` that requires buffering until transactions end, an object sets the
   * limits.
   *
   * @default {undefined} `true` if temporary files can be created (Deno needs `--allow-read`
   * and `--allow-write` for their directory), `false` otherwise
   */
  readonly streaming?: boolean | StreamingOptions;
  /**
   * Whether to deliver transactions when they are prepared for a two-phase commit, as
   * `beginPrepare` to `prepare`, followed later by `commitPrepared` or `rollbackPrepared`.
   * Otherwise they are delivered when they commit, like any other. If a transaction is rolled
   * back before the server sends it, some of its changes may be missing. The slot gets the
   * property TWO_PHASE when it is created, or is altered permanently if it exists. Requires
   * PostgreSQL 15 or later.
   *
   * @default {false}
   */
  readonly twoPhase?: boolean;
  /**
   * The version of pgoutput's protocol.
   *
   * @default {undefined} the newest that the server supports: 2 for PostgreSQL 14, 3 for 15,
   * 4 for 16 and later
   */
  readonly protocolVersion?: 1 | 2 | 3 | 4;
  /**
   * Functions that convert values to JavaScript, by type name or OID: your own, or
   * {@linkcode asNumber}, {@linkcode asDate} and their like.
   *
   * @default {{}} each type is converted as `docs/values.md` lists
   */
  readonly types?: TypeParsers;
  /**
   * Whether to look up in the catalog what the stream does not contain: the structure of
   * types that are not built in (composites, enums, ranges and similar); column numbers,
   * which distinguish a renamed column from a new one; primary keys, if REPLICA IDENTITY is
   * not DEFAULT; and, with another `plugin`, the table details that it omits.
   *
   * The lookup uses the replication connection before the stream begins. Later it opens an
   * ordinary second connection briefly: when a table is described again, or for the first
   * time with types or a key that must be looked up. If the lookup fails, or if this is
   * `false`, values are delivered as the server sends them, columns are matched by name, and
   * keys are known only with REPLICA IDENTITY DEFAULT.
   *
   * @default {true}
   */
  readonly typeLookup?: boolean;
  /**
   * Ends the subscription; pending calls reject with `signal.reason`.
   *
   * @default {undefined} it ends at `until`, with an error, or by `close()`
   */
  readonly signal?: AbortSignal;
  /**
   * Called with every notice that the server sends.
   *
   * @default {undefined} notices are discarded
   */
  readonly onNotice?: (notice: PostgresErrorFields) => void;
  /**
   * Called with each value that could not be parsed, which is delivered as text or bytes, and
   * when the types of a table could not be looked up. It is called again for values that are
   * sent again over a new connection. An error that it throws ends the subscription.
   *
   * @default {undefined} such values are only delivered as text or bytes
   */
  readonly onBadValue?: OnBadValue;
  /**
   * What to do when the link is lost, the server restarts or reports an error: how to wait
   * between attempts to reconnect, or `false` to end with the error. Transient errors are
   * retried indefinitely; any other error that the server reports five times without
   * progress ends the subscription with a {@linkcode SubscriptionError} (`streamFailed`).
   * The first connection is tried once, unless `first` is set, and a temporary slot can't be
   * resumed.
   *
   * @default {{}} delays that grow to 30 s
   */
  readonly retry?: RetryOptions | false;
  /**
   * What to do when changes are lost because someone moved or dropped the slot, or because
   * the publication did not exist when they were made. With `"error"` the subscription ends
   * with a {@linkcode SubscriptionError}. With `"event"` it continues after the gap if
   * possible, and the stream contains a {@linkcode GapEvent} between the changes before and
   * after it. A lost slot is created again only with `slot.create`.
   *
   * @default {"error"}
   */
  readonly gaps?: "error" | "event";
  /**
   * Called with each gap when its event is delivered; only with `gaps: "event"`. An error
   * that it throws ends the subscription.
   *
   * @default {undefined} only the event reports a gap
   */
  readonly onGap?: OnGap;
  /**
   * Called with warnings: something works now but is likely to cause trouble later. Each
   * cause is reported once per subscription, across all its connections.
   *
   * @default {undefined} warnings are discarded
   */
  readonly onWarning?: OnWarning;
  /**
   * Watches the slot: queries its state periodically, estimates when it will be lost, and
   * emits heartbeats. {@linkcode Subscription.slotState} has the last answer, and `progress`
   * measures the lag up to the end of WAL that it contains.
   *
   * @default {undefined} the slot is not queried
   */
  readonly slotGuard?: SlotGuardOptions;
  /**
   * Called whenever the state of the subscription changes; {@linkcode Subscription.status}
   * has the current one.
   *
   * @default {undefined} changes are not reported
   */
  readonly onStatus?: (status: SubscriptionStatus) => void;
  /**
   * Opens connections.
   *
   * @default {undefined} the sockets of the current runtime
   */
  readonly dial?: Dial;
  /**
   * Provides environment variables and files, including temporary ones.
   *
   * @default {undefined} the environment of the current runtime
   */
  readonly environment?: Environment;
}

/** The publications' names as an array, whether one or several were given. */
export function publicationNames(
  { publication = [] }: SubscribeOptions,
): readonly string[] {
  const names = typeof publication === "string" ? [publication] : publication;
  if (names.length > 0 && !names.includes("")) return names;
  throw new TypeError(
    "Cannot subscribe: no publication is named; create one with CREATE PUBLICATION and pass its name",
  );
}
