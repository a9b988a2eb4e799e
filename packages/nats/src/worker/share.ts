/** A worker's view of the leases. */
export interface LeaseView {
  /** The number of partitions. */
  readonly partitions: number;
  /** The number of workers, including this one. */
  readonly workers: number;
  /** The partitions that this worker has. */
  readonly held: readonly number[];
  /** The partitions that any worker has. */
  readonly taken: ReadonlySet<number>;
}

/** The changes that a worker makes to its leases. */
export interface LeasePlan {
  /** The partitions to release. */
  readonly release: readonly number[];
  /** The partitions to take, unless another worker is faster. */
  readonly take: readonly number[];
}

/** Decides which partitions a worker takes and releases, so that each has its share. */
export function planLeases(view: LeaseView): LeasePlan {
  const { partitions, workers, held, taken } = view;
  const share = Math.ceil(partitions / Math.max(1, workers));
  if (held.length >= share) {
    return { release: held.slice(share), take: [] };
  }
  const free: number[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    if (!taken.has(partition) && !held.includes(partition)) {
      free.push(partition);
    }
  }
  return { release: [], take: free.slice(0, share - held.length) };
}
