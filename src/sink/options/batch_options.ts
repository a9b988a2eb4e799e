/** The size of batches. */
export interface BatchOptions {
  /**
   * The maximum number of deliveries.
   *
   * @default {100} or what the destination prefers
   */
  readonly items?: number;
  /**
   * The maximum size in bytes, unless one delivery is larger.
   *
   * @default {1_048_576}
   */
  readonly bytes?: number;
  /**
   * How long a batch that is not full may wait for more, in milliseconds.
   *
   * @default {0} only while the previous batch is being written
   */
  readonly lingerMs?: number;
}
