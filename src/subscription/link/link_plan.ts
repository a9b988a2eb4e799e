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

/** The options that stay the same from one link to the next. */
export interface LinkPlan {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The servers and the credentials. */
  readonly settings: ConnectionSettings;
  /** The slot to stream from. */
  readonly slot: SlotOptions;
  /** The options to request from pgoutput. */
  readonly pgoutput: PgoutputRequest;
  /** How to buffer transactions that have not ended. */
  readonly buffering: BufferOptions;
  /** Creates the buffer, for each connection; `null` if nothing will be buffered. */
  readonly bufferTransactions: BufferTransactions | null;
  /** The output plugin, if it is not pgoutput. */
  readonly plugin: TranslatedPlugin | null;
  /** The store of the consumer's position, or `null`. */
  readonly store: CheckpointStore | null;
  /** Whether a checkpoint of an earlier timeline is accepted. */
  readonly acceptTimeline: boolean;
  /** Whether to continue after a gap; otherwise a gap is an error. */
  readonly continuePastGaps: boolean;
  /** Aborts the attempt to connect. */
  readonly signal: AbortSignal;
  /** Called with every notice. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /** Called with warnings. */
  readonly warn: Warn;
  /** Provides the catalog's description of tables; `null` to skip lookups. */
  readonly catalog: RelationCatalog | null;
  /** Called with the parameters that the server reports at the login of each link. */
  readonly onLogin: (
    parameters: ReadonlyMap<string, string>,
  ) => Promise<void> | void;
  /** Called with the server to which a link leads. */
  readonly onConnect: (target: ConnectionTarget) => void;
}

/** The progress of the previous links. */
export interface LinkProgress {
  /** The start position, if the caller gave one and there is no checkpoint. */
  readonly startLsn: Lsn | undefined;
  /** The consumer's position; `null` if it is unknown. */
  readonly checkpoint: Checkpoint | null;
  /**
   * Why to skip what the server can't send, up to the end of its WAL; `null` to skip nothing.
   */
  readonly skip: SkipReason | null;
  /** The record of what was received; `null` for a new one. */
  readonly ledger: Ledger | null;
  /** Creates events, and remembers described tables. */
  readonly decoder: ChangeDecoder;
  /** Copies tables alongside; `null` to copy nothing. */
  readonly copy: SnapshotCoordinator | null;
  /** The end position; `"now"` for the current end of the server's WAL. */
  readonly until: Lsn | "now" | null;
}
