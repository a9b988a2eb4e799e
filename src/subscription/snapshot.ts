import type { EventAssembler } from "../assembly/event_assembler.ts";
import { PostgresError } from "../errors.ts";
import { isRetryable } from "../retryable.ts";
import type { ChunkReaderOptions } from "../snapshot/read/chunk_reader.ts";
import { SnapshotCoordinator } from "../snapshot/coordinator.ts";
import { snapshotOptions } from "../snapshot/snapshot_options.ts";
import {
  NOTHING_COPIED,
  readSnapshotState,
} from "../snapshot/snapshot_state.ts";
import { pause, retryDelayMs, type RetryOptions } from "./retry.ts";
import type { SubscribeOptions } from "./subscribe_options.ts";
import type { CreateCopy } from "./supervisor.ts";

/** The parts that a copy uses. */
export interface CopyParts {
  /** How to read rows. */
  readonly reader: Omit<ChunkReaderOptions, "signal" | "chunkBytes">;
  /** Creates the stream's events. */
  readonly assembler: EventAssembler;
}

/**
 * Returns a factory for the copy of a subscription's tables.
 *
 * @throws {TypeError} If the options contradict each other.
 */
export function copyCreator(
  options: SubscribeOptions & Required<Pick<SubscribeOptions, "snapshot">>,
  { reader, ...parts }: CopyParts,
): CreateCopy {
  const { when, chunkBytes, readers } = snapshotOptions(options.snapshot);
  checkSnapshot(options, when);
  const { retry } = options;
  // deno-lint-ignore require-await
  return async (checkpoint) =>
    new SnapshotCoordinator({
      ...parts,
      reader: { ...reader, chunkBytes },
      readers,
      always: when === "always",
      state: readSnapshotState(checkpoint?.snapshot) ?? NOTHING_COPIED,
      retry: (work, signal) =>
        retry === false ? work() : again(work, signal, retry ?? {}),
    });
}

function checkSnapshot(
  { plugin, twoPhase, checkpoint, slot }: SubscribeOptions,
  when: "initial" | "always",
): void {
  if (plugin !== undefined) {
    throw new TypeError(
      `Cannot copy tables with ${plugin.name}: only pgoutput reports which transactions a copy contains; leave out plugin or snapshot`,
    );
  }
  if (twoPhase === true) {
    throw new TypeError(
      "Cannot copy tables with twoPhase: prepared changes are delivered before they take effect; leave out twoPhase or snapshot",
    );
  }
  const isTemporary = typeof slot === "object" && slot.temporary === true;
  if (when === "initial" && checkpoint === undefined && !isTemporary) {
    throw new TypeError(
      'Cannot copy the tables once: nothing would remember that; pass a checkpoint, or snapshot: "always", or use a temporary slot',
    );
  }
}

// Errors that are transient for a reader, in addition to the general ones.
const PASSING: readonly string[] = [
  "40001", // serialization_failure: a conflict on a standby
  "55P03", // lock_not_available: the table is being altered
  "57014", // query_canceled
];

function mayPass(error: unknown): boolean {
  return isRetryable(error) ||
    (error instanceof PostgresError && PASSING.includes(error.code));
}

async function again<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  retry: RetryOptions,
): Promise<T> {
  const { maxAttempts = Infinity } = retry;
  for (let failures = 0;; failures++) {
    try {
      return await work();
    } catch (error) {
      const isOver = signal.aborted || failures >= maxAttempts;
      if (isOver || !mayPass(error)) throw error;
      await pause(retryDelayMs(failures, retry, Math.random()), signal);
      signal.throwIfAborted();
    }
  }
}
