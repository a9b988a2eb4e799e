import type { AcknowledgedUnit } from "../../events/acknowledged_by.ts";
import type { Checkpoint, SystemIdentity } from "../../preflight/checkpoint.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type {
  SnapshotPace,
  SnapshotProgress,
} from "../../snapshot/progress/snapshot_progress.ts";
import type { SubscriptionProgress } from "../progress/subscription_progress.ts";
import type { SlotState } from "../progress/slot_state.ts";
import type { SubscriptionCounts } from "../progress/tally.ts";
import type { TableDescription } from "../../snapshot/table_description.ts";
import type { SubscriptionStatus } from "./status.ts";

/** Copies tables while changes are delivered. */
export interface TableCopier {
  /** Looks up a published table. */
  describe(name: string): Promise<TableDescription>;
  /** Copies tables, even if they were copied before; settles when the copies end. */
  request(names: readonly string[] | null, where?: string): Promise<void>;
  /** Sets the pace of copies. */
  pace(pace: SnapshotPace): void;
  /** Ends copies early. */
  cancel(names: readonly string[] | null): void;
}

/** What a {@linkcode Subscription} is built on. */
export interface SubscriptionSource {
  /** Returns the next events, or `null` at the end. */
  readonly next: () => Promise<readonly ReplicationEvent[] | null>;
  /**
   * Sets a function that drops those of the last events that have not reached the consumer,
   * and returns how many it dropped. It is called if a link is lost and a checkpoint is
   * stored.
   */
  readonly onLoss: (drop: () => number) => void;
  /** Marks a transaction, by its end position, or a chunk of a copy as processed. */
  readonly acknowledge: (unit: AcknowledgedUnit) => void;
  /** Returns the checkpoint to store once everything up to the end of a unit is processed. */
  readonly checkpointAfter: (unit: AcknowledgedUnit) => Checkpoint;
  /** Ends everything once nothing is left to acknowledge. */
  readonly finish: () => Promise<void>;
  /** Ends everything immediately. */
  readonly close: () => Promise<void>;
  /** The positions and the lag. */
  readonly progress: () => SubscriptionProgress;
  /** The last known state of the slot; `null` if it is not queried. */
  readonly slotState: () => SlotState | null;
  /** What was counted. */
  readonly counts: () => SubscriptionCounts;
  /** The coordinator of copies; loaded by the first call. */
  readonly copy: () => Promise<TableCopier>;
  /** The progress of the copies of tables. */
  readonly snapshots: () => readonly SnapshotProgress[];
  /** Whether asking for more acknowledges what was delivered. */
  readonly mode: "consumed" | "manual";
  /** Whether a message outside of a transaction must be acknowledged manually. */
  readonly acknowledgeMessages: boolean;
  /** The current state. */
  readonly status: () => SubscriptionStatus;
  /** The server that it follows. */
  readonly system: SystemIdentity;
  /** The parameters that the server reported for itself and the session. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The walsender's process id. */
  readonly processId: number;
}
