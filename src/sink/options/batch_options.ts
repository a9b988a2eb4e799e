/** How many deliveries go together. */
export interface BatchOptions {
  /** How many a batch has at the most. @default {100} or what the destination prefers */
  readonly items?: number;
  /** How many bytes a batch has at the most, unless one delivery has more. @default {1_048_576} */
  readonly bytes?: number;
  /**
   * How long a batch that is not full may wait for more, in milliseconds.
   *
   * @default {0} no longer than the next one takes to be written
   */
  readonly lingerMs?: number;
}
