/** The part of a stream that a worker reads. */
export interface PartitionId {
  /** The stream's name. */
  readonly stream: string;
  /** The partition's number. */
  readonly partition: number;
}

/** How far a partition is applied. */
export interface PartitionPosition {
  /**
   * When the stream was made, as its server says: one that was made again begins with
   * sequence 1 again.
   */
  readonly created: string;
  /** The stream's sequence number of the last message that is applied; 0 for none. */
  readonly sequence: number;
  /** Of each publisher, the version of the last change that is applied. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A change, as a worker receives it. */
export interface ReceivedChange {
  /** Its version: the same whenever it is sent, and greater than those before it. */
  readonly version: string;
  /** What the publisher's `encode` wrote. */
  readonly text: string;
  /** The stream's sequence number of its message. */
  readonly sequence: number;
}

/** Changes to be applied together, and the position that comes with them. */
export interface PartitionWork extends PartitionId {
  /** The position that has to be there. */
  readonly from: PartitionPosition;
  /** The position to be kept. */
  readonly to: PartitionPosition;
  /** The changes, in order. There may be none. */
  readonly changes: readonly ReceivedChange[];
}

/**
 * Where workers apply changes. It keeps the position with the rows, in one transaction: so
 * each change has its effect once, whatever is killed.
 *
 * @example
 * ```ts
 * import type { PartitionPosition, PartitionTarget } from "@walbrook/nats";
 *
 * // In memory, for a worker that begins at the beginning each time.
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
   * Applies changes and moves the position, both or neither.
   *
   * @returns Whether it did: `false` if the position was not `from` any more, since another
   * worker has the partition.
   * @throws If it can't: the same changes come again.
   */
  apply(work: PartitionWork): Promise<boolean>;
}
