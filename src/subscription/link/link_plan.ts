import type { PostgresErrorFields } from "../../errors.ts";
import type { Lsn } from "../../lsn.ts";
import type { BufferOptions } from "../../reassembly/buffered_transactions.ts";
import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import type { ConnectionTarget } from "../../connection/connection_targets.ts";
import type { Dial } from "../../socket/socket.ts";
import type { ChangeDecoder } from "../../assembly/change_decoder.ts";
import type {
  Checkpoint,
  CheckpointStore,
} from "../../preflight/checkpoint.ts";
import type { Ledger } from "./ledger.ts";
import type {
  BufferTransactions,
  TranslatedPlugin,
} from "./translated_plugin.ts";
import type { PgoutputRequest } from "../../preflight/pgoutput_request.ts";
import type { SkipReason } from "../../preflight/preflight_options.ts";
import type { SnapshotCoordinator } from "../../snapshot/coordinator.ts";
import type { SlotOptions } from "../../preflight/slot_options.ts";
import type { RelationCatalog } from "../../catalog/relation_catalog.ts";
import type { Warn } from "../../warning.ts";

/** What does not change from one link to the next. */
export interface LinkPlan {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** Where and as whom. */
  readonly settings: ConnectionSettings;
  /** The slot to stream from. */
  readonly slot: SlotOptions;
  /** What to ask of pgoutput. */
  readonly pgoutput: PgoutputRequest;
  /** How to hold transactions that have not ended. */
  readonly holding: BufferOptions;
  /** Holds them, for each connection anew; `null` if none will come. */
  readonly bufferTransactions: BufferTransactions | null;
  /** The output plugin, if it is another one than pgoutput. */
  readonly plugin: TranslatedPlugin | null;
  /** Where the consumer's position is kept, or `null`. */
  readonly store: CheckpointStore | null;
  /** Whether a checkpoint of an earlier timeline is fine. */
  readonly acceptTimeline: boolean;
  /** Whether to go on behind a gap, which is an error otherwise. */
  readonly continuePastGaps: boolean;
  /** Gives up the attempt to connect. */
  readonly signal: AbortSignal;
  /** Told of every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /** Receives warnings. */
  readonly warn: Warn;
  /** Knows what the catalog says of tables; `null` where it is not to be asked. */
  readonly catalog: Promise<RelationCatalog> | null;
  /** Prepares for what the server reports at the login of each link. */
  readonly onLogin: (
    parameters: ReadonlyMap<string, string>,
  ) => Promise<void> | void;
  /** Told which of the servers a link leads to. */
  readonly onConnect: (target: ConnectionTarget) => void;
}

/** How far the links before this one have come. */
export interface LinkProgress {
  /** Where to start, if the caller said and there is no checkpoint. */
  readonly startLsn: Lsn | undefined;
  /** How far the consumer is; `null` if there is no telling. */
  readonly checkpoint: Checkpoint | null;
  /** Why to skip what the server can't send, up to where its WAL ends; `null` not to. */
  readonly skip: SkipReason | null;
  /** The account of what was received; `null` for a new one. */
  readonly ledger: Ledger | null;
  /** Makes events, and knows the tables that were described. */
  readonly decoder: ChangeDecoder;
  /** Copies tables meanwhile; `null` for nothing to copy. */
  readonly copy: SnapshotCoordinator | null;
  /** Where to end; `"now"` for where the server's WAL ends at this moment. */
  readonly until: Lsn | "now" | null;
}
