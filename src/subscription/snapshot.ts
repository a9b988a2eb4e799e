import type { EventAssembler } from "../assembly/event_assembler.ts";
import { PostgresError } from "../errors.ts";
import { pause } from "../pause.ts";
import { isRetryable } from "../retryable.ts";
import type { ChunkReaderOptions } from "../snapshot/read/chunk_reader.ts";
import { SnapshotCoordinator } from "../snapshot/coordinator.ts";
import { snapshotChoices } from "../snapshot/snapshot_options.ts";
import {
  NOTHING_COPIED,
  readSnapshotState,
} from "../snapshot/progress/snapshot_state.ts";
import { retryDelayMs, type RetryOptions } from "./retry.ts";
import type { Environment } from "../socket/socket.ts";
import { resolveConnection } from "../connection/resolve_connection.ts";
import type { SubscribeOptions } from "./subscribe_options.ts";
import type { Warn, WarningCause } from "../warning.ts";
import type { Checkpoint } from "../preflight/checkpoint.ts";

/** Creates a copy of tables, which resumes from the checkpoint. */
export type CreateCopy = (
  checkpoint: Checkpoint | null,
) => Promise<SnapshotCoordinator>;

/** The parts that a copy uses. */
export interface CopyParts {
  /** The caller's options. */
  readonly options: SubscribeOptions;
  /** How to read rows. */
  readonly reader: Omit<
    ChunkReaderOptions,
    "signal" | "isBinary" | "chunkBytes" | "decodeLatin1"
  >;
  /** Creates the stream's events. */
  readonly assembler: EventAssembler;
  /** Environment variables and files. */
  readonly environment: Environment;
  /** Passes warnings on. */
  readonly warn: Warn;
}

/**
 * Returns a factory for the copy of a subscription's tables.
 *
 * @throws {TypeError | RangeError} If an option is invalid, or contradicts another one.
 */
export async function copyCreator(
  { options, reader, assembler, environment, warn }: CopyParts,
): Promise<CreateCopy> {
  // Without the option nothing is copied until requested.
  const { snapshot = { tables: [] }, retry, until } = options;
  const choices = snapshotChoices(snapshot);
  checkSnapshot(options, choices.when);
  if (options.origin === "none") warn(COPIES_REPLICATED_ROWS);
  const own = typeof snapshot === "object" ? snapshot : {};
  const settings = own.connection === undefined
    ? null
    : await resolveConnection(own.connection, environment);
  const { when, order, chosen, chunkBytes, readers, idle } = choices;
  return (checkpoint) => {
    const copy = new SnapshotCoordinator({
      ...{ assembler, readers, idle, chosen },
      reader: {
        ...{ ...reader, chunkBytes },
        decodeLatin1: environment.decodeLatin1,
        settings: settings === null ? reader.settings : () => settings,
      },
      always: when === "always",
      first: order === "first",
      isResumable: when === "initial" && options.checkpoint !== undefined,
      isSelective: chosen !== null,
      endsWithCopy: until === "snapshot",
      onProgress: own.onProgress ?? (() => {}),
      state: readSnapshotState(checkpoint?.snapshot) ?? NOTHING_COPIED,
      retry: (work, signal) =>
        retry === false ? work() : again(work, signal, retry ?? {}),
      mayPass: (error) => retry !== false && mayPass(error),
    });
    return Promise.resolve(copy);
  };
}

// Rows do not carry their origin.
const COPIES_REPLICATED_ROWS: WarningCause = {
  code: "copiesReplicatedRows",
  subject: "origin",
  message:
    'With origin: "none" a copy contains the rows that were replicated to this server, too: only their later changes are left out',
  hint:
    "Choose tables that nothing is replicated to, or rows by a condition: snapshot: { tables: [{ name, where }] }",
};

function checkSnapshot(
  { snapshot, plugin, twoPhase, checkpoint, slot }: SubscribeOptions,
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
  if (snapshot === undefined) return;
  const isTemporary = typeof slot === "object" && slot.temporary === true;
  if (when === "initial" && checkpoint === undefined && !isTemporary) {
    throw new TypeError(
      'Cannot copy the tables once: the progress would not be stored; pass a checkpoint, or snapshot: "always", or use a temporary slot',
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
