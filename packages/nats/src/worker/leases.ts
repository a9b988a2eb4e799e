import { jetstream } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/nats-core";
import { planLeases } from "./share.ts";

/** The parts of {@linkcode Leases}. */
export interface LeasesOptions {
  /** The bucket's name. */
  readonly bucket: string;
  /** The worker's name. */
  readonly worker: string;
  /** The number of partitions. */
  readonly partitions: number;
  /** The duration of a lease, in milliseconds. */
  readonly leaseMs: number;
  /** Starts the work on a partition. */
  readonly onTaken: (partition: number) => void;
  /** Ends the work on a partition. Resolves once all of it has ended. */
  readonly onLost: (partition: number) => Promise<void>;
}

/** A partition leased by this worker. */
interface Lease {
  revision: number;
  renewedAt: number;
}

const VALUE = new TextEncoder().encode("1");
const WRONG_REVISION = 10071;

/**
 * The partitions leased by a worker, as entries of a bucket that expire: the worker that
 * creates an entry has the partition, and renews the entry. Leases distribute the work; the
 * target's position ensures that nothing is applied twice.
 */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #held = new Map<number, Lease>();
  #bucket: KV | null = null;

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** The partitions. */
  get held(): readonly number[] {
    return [...this.#held.keys()];
  }

  /** Renews, takes and releases leases as necessary. */
  async turn(connection: NatsConnection): Promise<void> {
    try {
      const bucket = this.#bucket ??= await this.#open(connection);
      await bucket.put(`worker.${this.#options.worker}`, VALUE);
      await this.#renew(bucket);
      await this.#balance(bucket);
    } finally {
      await this.#dropExpired();
    }
  }

  async #open(connection: NatsConnection): Promise<KV> {
    const { bucket, leaseMs } = this.#options;
    const client = jetstream(connection, {
      timeout: Math.max(1_000, leaseMs / 3),
    });
    return await new Kvm(client).create(bucket, { ttl: leaseMs, history: 1 });
  }

  async #renew(bucket: KV): Promise<void> {
    for (const [partition, lease] of this.#held) {
      const startedAt = performance.now();
      try {
        lease.revision = await bucket.update(
          keyOf(partition),
          VALUE,
          lease.revision,
        );
        lease.renewedAt = startedAt;
      } catch (error) {
        if (!isTaken(error)) throw error;
        await this.#lose(partition);
      }
    }
  }

  async #balance(bucket: KV): Promise<void> {
    const { partitions } = this.#options;
    const taken = new Set<number>();
    let workers = 0;
    for await (const key of await bucket.keys()) {
      const [kind, name] = key.split(".");
      if (kind === "worker") workers++;
      else taken.add(Number(name));
    }
    const { release, take } = planLeases({
      ...{ partitions, workers, held: this.held, taken },
    });
    for (const partition of release) await this.#release(bucket, partition);
    for (const partition of take) await this.#take(bucket, partition);
  }

  async #take(bucket: KV, partition: number): Promise<void> {
    const renewedAt = performance.now();
    try {
      const revision = await bucket.create(keyOf(partition), VALUE);
      this.#held.set(partition, { revision, renewedAt });
    } catch (error) {
      if (!isTaken(error)) throw error;
      return;
    }
    this.#options.onTaken(partition);
  }

  async #release(bucket: KV, partition: number): Promise<void> {
    const revision = this.#held.get(partition)?.revision;
    await this.#lose(partition);
    if (revision === undefined) return;
    // Another worker that has it by now keeps it.
    await bucket.delete(keyOf(partition), { previousSeq: revision })
      .catch(() => {});
  }

  async #lose(partition: number): Promise<void> {
    if (this.#held.delete(partition)) await this.#options.onLost(partition);
  }

  async #dropExpired(): Promise<void> {
    const { leaseMs } = this.#options;
    const now = performance.now();
    for (const [partition, { renewedAt }] of this.#held) {
      if (now - renewedAt > leaseMs) await this.#lose(partition);
    }
  }

  /** Releases all leases. */
  async close(): Promise<void> {
    const bucket = this.#bucket;
    for (const partition of this.held) {
      if (bucket === null) await this.#lose(partition);
      else await this.#release(bucket, partition);
    }
    await bucket?.delete(`worker.${this.#options.worker}`).catch(() => {});
  }
}

function keyOf(partition: number): string {
  return `partition.${partition}`;
}

function isTaken(error: unknown): boolean {
  return (error as { readonly code?: number }).code === WRONG_REVISION;
}
