/** The part of a stream that a worker reads. */
export interface PartitionId {
  /** The stream's name. */
  readonly stream: string;
  /** The partition's number. */
  readonly partition: number;
}

/** The position up to which a partition is applied. */
export interface PartitionPosition {
  /**
   * When the stream was created, according to its server: a recreated stream starts at
   * sequence 1 again.
   */
  readonly created: string;
  /** The stream's sequence number of the last applied message; 0 for none. */
  readonly sequence: number;
  /** For each publisher, the version of the last applied change. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A change, as a worker receives it. */
export interface ReceivedChange {
  /** Its version: the same whenever it is sent, and greater than those before it. */
  readonly version: string;
  /** The output of the publisher's `encode`. */
  readonly text: string;
  /** The stream's sequence number of its message. */
  readonly sequence: number;
}

/** Changes to apply together, and their position. */
export interface PartitionWork extends PartitionId {
  /** The position that must still be stored. */
  readonly from: PartitionPosition;
  /** The position to store. */
  readonly to: PartitionPosition;
  /** The changes, in order. There may be none. */
  readonly changes: readonly ReceivedChange[];
}

/**
 * A target to which workers apply changes. It stores the position with the rows, in one
 * transaction, so that each change takes effect once, whatever crashes.
 *
 * @example
 * ```ts
 * import type { PartitionPosition, PartitionTarget } from "@walbrook/nats";
 *
 * // In memory, for a worker that starts from the beginning each time.
 * const positions = new Map<number, PartitionPosition>();
 * const target: PartitionTarget = {
 *   load: ({ partition }) => Promise.resolve(positions.get(partition) ?? null),
 *   apply({ partition, from, to, changes }) {
 *     const { sequence } = positions.get(partition) ?? from;
 *     if (sequence !== from.sequence) return Promise.resolve(false);
 *     for (const { text } of changes) console.log(text);
 *     positions.set(partition, to);
 *     return Promise.resolve(true);
 *   },
 * };
 * console.log(await target.load({ stream: "CDC", partition: 0 }));
 * ```
 */
export interface PartitionTarget {
  /** Reads the position of a partition; `null` if there is none. */
  load(partition: PartitionId): Promise<PartitionPosition | null>;
  /**
   * Applies changes and advances the position, both or neither.
   *
   * @returns Whether it did: `false` if the stored position was no longer `from`, because
   * another worker has the partition.
   * @throws If it can't: the same changes are passed again.
   */
  apply(work: PartitionWork): Promise<boolean>;
}
