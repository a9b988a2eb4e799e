/** How to copy tables. */
export interface SnapshotOptions {
  /**
   * `"initial"`: each table once, as the checkpoint remembers; a copy that was interrupted goes
   * on where it was. `"always"`: all tables at every start.
   *
   * @default {"initial"}
   */
  readonly when?: "initial" | "always";
  /**
   * How many bytes of COPY data to read at a time, about. Up to two such chunks are held in
   * memory for each reader.
   *
   * @default {4_194_304} 4 MiB
   */
  readonly chunkBytes?: number;
  /**
   * How many connections read: as many tables are copied at the same time.
   *
   * @default {1}
   */
  readonly readers?: number;
}

/**
 * The options for a copy, whichever way they were given.
 *
 * @throws {RangeError} If a number is out of range.
 */
export function snapshotOptions(
  snapshot: "initial" | "always" | SnapshotOptions,
): Required<SnapshotOptions> {
  const options = typeof snapshot === "string" ? { when: snapshot } : snapshot;
  const { when = "initial", chunkBytes = 2 ** 22, readers = 1 } =
    options as SnapshotOptions;
  if (!(chunkBytes >= 1)) {
    throw new RangeError(
      `Cannot read chunks of ${chunkBytes} bytes: expected a number from 1`,
    );
  }
  if (!Number.isInteger(readers) || readers < 1) {
    throw new RangeError(
      `Cannot read by ${readers} connections: expected a whole number from 1`,
    );
  }
  return { when, chunkBytes, readers };
}
