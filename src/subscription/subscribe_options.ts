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
import type { RetryOptions } from "./retry.ts";
import type { SubscriptionStatus } from "./views/status.ts";
import type { TypeParsers } from "../values/own_parsers.ts";
import type { OnWarning } from "../warning.ts";

/** How to hold what has come of transactions that have not ended. */
export interface StreamingOptions {
  /**
   * How much memory it may take, in bytes, for all transactions together. What goes
   * beyond it is moved to temporary files. (What a server streams has outgrown its
   * `logical_decoding_work_mem` of 64 MB by default, so most of it goes there anyway.)
   *
   * @default {2_097_152} 8_388_608 where there are no temporary files
   */
  readonly memoryLimit?: number;
  /**
   * Makes a temporary file: a store of your own.
   *
   * @default {undefined} the environment's, which keeps it in the system's directory
   */
  readonly openTemporaryFile?: OpenTemporaryFile;
}

/** What to subscribe to, and how. */
export interface SubscribeOptions {
  /**
   * The server: a URL (a string or a `URL`) or `key=value` pairs as libpq takes them, or an
   * object.
   *
   * @default {undefined} the `PG*` environment variables alone
   */
  readonly connection?: string | URL | ConnectionOptions;
  /** The replication slot, which remembers how far this consumer is. */
  readonly slot: string | SlotOptions;
  /**
   * The publication or publications whose tables to follow. Required, but for another
   * `plugin` than `pgoutput`, which has none.
   */
  readonly publication?: string | readonly string[];
  /**
   * Another output plugin than `pgoutput`: `testDecoding()` of
   * `@walbrook/walbrook/test_decoding`, or `wal2json()` of `@walbrook/walbrook/wal2json`.
   *
   * @default {undefined} `pgoutput`
   */
  readonly plugin?: OutputPlugin;
  /**
   * When a transaction counts as done, so that the server may forget it.
   *
   * `"consumed"`: once the consumer, having got all of it, comes back for more.
   * `"manual"`: once it is handed to `acknowledge()`.
   *
   * @default {"consumed"}
   */
  readonly acknowledge?: "consumed" | "manual";
  /**
   * Whether a message outside of any transaction (`pg_logical_emit_message(false, …)`)
   * waits for `acknowledge()` as a transaction does, with `acknowledge: "manual"`.
   * Without it such a message counts as done once the consumer, having got it, comes back
   * for more: anyone in the database may emit one, as heartbeats of other programs do, and
   * one that is never acknowledged would hold the slot.
   *
   * @default {false}
   */
  readonly acknowledgeMessages?: boolean;
  /**
   * Ends the stream after everything that committed before this position has been
   * delivered; `"now"` for the end of the server's WAL at the time of the call.
   *
   * @default {undefined} never
   */
  readonly until?: Lsn | "now";
  /**
   * Where to start, for consumers which keep their own position: everything that
   * committed before it is skipped, for good.
   *
   * @default {undefined} where the slot stands
   */
  readonly startLsn?: Lsn;
  /**
   * Where the consumer's own position is kept. It starts there, and not where the slot
   * stands, which a crash of the server can set back.
   *
   * @default {undefined} only the slot remembers
   */
  readonly checkpoint?: CheckpointStore;
  /**
   * Whether to copy the rows that are in the tables already, while changes are delivered:
   * `"initial"`, each table once; `"always"`, at every start; or an object that says more.
   * Nothing is written to the server, and no snapshot or lock is held longer than it takes to
   * read some rows. At every point of the stream each copied row is as that point says.
   *
   * It needs `checkpoint`, which remembers what has been copied, unless all is to be copied
   * at every start. Not with `twoPhase`, and not with another `plugin`.
   *
   * @default {undefined} no copy: only changes
   */
  readonly snapshot?: "initial" | "always" | SnapshotOptions;
  /**
   * Whether to go on although the server is on a later timeline than before, as after a
   * failover: transactions may be lost.
   *
   * @default {false}
   */
  readonly acceptTimeline?: boolean;
  /**
   * Whether to deliver what `pg_logical_emit_message` sends.
   *
   * @default {true}
   */
  readonly messages?: boolean;
  /**
   * Whether to have values sent in the binary format of their types, which spares the
   * server and the network work where there are many numbers, times or bytes. The
   * values are the same (in a database with the encoding SQL_ASCII they are not sent in
   * binary format), but for `money`, the smallest units as a `bigint`; `regclass` and
   * its like, an OID; and types of extensions that are not known, a `Uint8Array`. Where a
   * published table has an array, range or composite of a type without a binary format,
   * all values come as text, and `onWarning` is told (`noBinaryForm`).
   *
   * @default {false}
   */
  readonly binary?: boolean;
  /**
   * Whose changes to deliver: `"any"`, or with `"none"` only those which were made at
   * this server, and not replicated to it themselves. PostgreSQL 16 and later.
   *
   * @default {"any"}
   */
  readonly origin?: "any" | "none";
  /**
   * Whether the server sends large transactions while they run, beyond its
   * `logical_decoding_work_mem`, and not only once they have committed. What the
   * consumer gets is the same: whole transactions, in the order of their commits. Until
   * then the client holds what has come, in memory and beyond that in temporary files;
   * of a transaction that is rolled back it drops it.
   *
   * It spares the server the disk to which it would have to move such transactions, and
   * most of a large transaction is here already when it commits. It costs the client
   * that disk, and traffic for what is rolled back.
   *
   * With another `plugin` that needs transactions to be held until they end, an object
   * says how.
   *
   * @default {undefined} `true` where a temporary file can be made (Deno needs
   * `--allow-read` and `--allow-write` for their directory), and `false` elsewhere
   */
  readonly streaming?: boolean | StreamingOptions;
  /**
   * Whether to deliver transactions when they are prepared for a two-phase commit, as
   * `beginPrepare` to `prepare`, and what became of them as `commitPrepared` or
   * `rollbackPrepared`. Without it they are delivered when they commit, as any other.
   * Of one that is rolled back before the server has come to send it, changes may be
   * missing. A slot that is created gets the property TWO_PHASE, and one that exists is
   * given it, for good. PostgreSQL 15 and later.
   *
   * @default {false}
   */
  readonly twoPhase?: boolean;
  /**
   * The version of pgoutput's protocol.
   *
   * @default {undefined} the newest that the server has: 2 for PostgreSQL 14, 3 for 15,
   * 4 for later ones
   */
  readonly protocolVersion?: 1 | 2 | 3 | 4;
  /**
   * Own functions to turn values into JavaScript's, by type name or OID.
   *
   * @default {{}}
   */
  readonly types?: TypeParsers;
  /**
   * Whether to look up in the catalog what the stream does not tell: what types are made
   * of that are not built in (composites, enums, ranges and their like); the numbers of
   * columns, by which one with a new name is told from a new one; primary keys, where
   * REPLICA IDENTITY is not DEFAULT; for another `plugin`, what it does not tell of tables.
   *
   * It is asked on the replication connection before the stream begins. Later it takes a
   * second connection, an ordinary one, for a moment: when a table is described again, or
   * for the first time and its types or its key have to be looked up. Where that fails, and
   * where this is `false`, values are delivered as the server sends them, columns are told
   * apart by their names, and only REPLICA IDENTITY DEFAULT gives keys.
   *
   * @default {true}
   */
  readonly typeLookup?: boolean;
  /**
   * Ends the subscription; what waits for it then rejects with `signal.reason`.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal;
  /** Told of every notice that the server sends. */
  readonly onNotice?: (notice: PostgresErrorFields) => void;
  /**
   * Told of a value that could not be parsed and is delivered as text, or as bytes; and of
   * a table's types that could not be looked up. Of what comes again over a new connection
   * it is told again. What it throws ends the subscription.
   */
  readonly onBadValue?: OnBadValue;
  /**
   * What to do when the link is lost, the server restarts or reports an error: how to wait
   * between attempts to connect again, or `false` to end with the error. What passes by
   * itself is tried for ever; another error of the server that comes five times without
   * progress ends the subscription with a {@linkcode SubscriptionError} (`streamFailed`).
   * The first connection is tried once, unless `first` says otherwise, and a temporary slot
   * can't be taken up again.
   *
   * @default {{}} pauses that grow to 30 s
   */
  readonly retry?: RetryOptions | false;
  /**
   * What happens where changes are lost: someone moved or dropped the slot, or the
   * publication did not exist when they were made. With `"error"` the subscription ends
   * with a {@linkcode SubscriptionError}. With `"event"` it continues after the gap where
   * it can, and a {@linkcode GapEvent} stands in the stream between the changes before and
   * those after. A lost slot is created again only with `slot.create`.
   *
   * @default {"error"}
   */
  readonly gaps?: "error" | "event";
  /** Called with each gap as its event is delivered. What it throws ends the subscription. */
  readonly onGap?: OnGap;
  /**
   * Receives warnings: what works now, and is likely to cause trouble later. Each cause is
   * reported once in the life of the subscription, over all its connections.
   *
   * @default {undefined} warnings go nowhere
   */
  readonly onWarning?: OnWarning;
  /** Told of every change of what the subscription is doing. */
  readonly onStatus?: (status: SubscriptionStatus) => void;
  /**
   * How to open a connection.
   *
   * @default {undefined} as the running runtime does
   */
  readonly dial?: Dial;
  /**
   * Where to find environment variables and files, temporary ones among them.
   *
   * @default {undefined} the running runtime's
   */
  readonly environment?: Environment;
}

/** The publications' names, whichever way they were given. */
export function publicationNames(
  { publication = [] }: SubscribeOptions,
): readonly string[] {
  const names = typeof publication === "string" ? [publication] : publication;
  if (names.length > 0 && !names.includes("")) return names;
  throw new TypeError(
    "Cannot subscribe: no publication is named; create one with CREATE PUBLICATION and pass its name",
  );
}
