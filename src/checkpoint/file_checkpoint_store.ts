import type { Checkpoint, CheckpointStore } from "../preflight/checkpoint.ts";
import { type AppendFile, FILES, type Files } from "../socket/files.ts";
import { formatCheckpoint, parseCheckpoint } from "./checkpoint_text.ts";

/** Options for a {@linkcode FileCheckpointStore}. */
export interface FileCheckpointStoreOptions {
  /**
   * Your own files.
   *
   * @default {undefined} those of the process
   */
  readonly files?: Files;
}

/**
 * Stores a checkpoint in a file, which is complete at any time, even after a crash: a new
 * checkpoint is written to a second file with the suffix `.new`, made durable (`fsync`), and
 * renamed.
 *
 * After a crash, everything processed since the last checkpoint is delivered again (at least
 * once). A file can't prevent a process that was paused from repeating what its successor has
 * done.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { FileCheckpointStore } from "@walbrook/walbrook/checkpoint";
 *
 * await using subscription = await subscribe({
 *   connection: "postgres://localhost/shop",
 *   slot: { name: "search_indexer", create: true },
 *   publication: "shop",
 *   snapshot: "initial",
 *   checkpoint: new FileCheckpointStore("position.json"),
 * });
 * ```
 */
export class FileCheckpointStore implements CheckpointStore {
  /** The file. */
  readonly path: string;
  readonly #files: Files;

  /**
   * Creates a store; does not read or write anything yet.
   *
   * @param path The file; its folder is created if missing.
   * @param options Your own files.
   */
  constructor(path: string, options: FileCheckpointStoreOptions = {}) {
    this.path = path;
    this.#files = options.files ?? FILES;
  }

  /**
   * Loads the checkpoint.
   *
   * @throws {SyntaxError} If the file does not contain a checkpoint.
   */
  async load(): Promise<Checkpoint | null> {
    const { folder, name } = splitPath(this.path);
    if (!(await this.#files.list(folder)).includes(name)) return null;
    const file = await this.#files.open(this.path);
    try {
      const bytes = await file.read(0, file.size);
      return parseCheckpoint(new TextDecoder().decode(bytes));
    } finally {
      await file.close();
    }
  }

  /** Replaces the checkpoint. */
  async save(checkpoint: Checkpoint): Promise<void> {
    const { folder } = splitPath(this.path);
    await this.#files.list(folder);
    const fresh = `${this.path}.new`;
    const file = await this.#files.open(fresh);
    try {
      await writeAll(
        file,
        new TextEncoder().encode(formatCheckpoint(checkpoint)),
      );
    } finally {
      await file.close();
    }
    await this.#files.rename(fresh, this.path);
    // A rename is durable only once its folder is on the disk.
    await this.#files.syncFolder(folder);
  }
}

async function writeAll(file: AppendFile, bytes: Uint8Array): Promise<void> {
  await file.truncate(0);
  await file.append(bytes);
  // Written to disk before the rename: otherwise a crash could leave an empty file.
  await file.sync();
}

function splitPath(
  path: string,
): { readonly folder: string; readonly name: string } {
  // Windows has both; elsewhere a backslash may be part of a name.
  const isWindows = /^(?:[A-Za-z]:)?\\|^[A-Za-z]:/.test(path);
  const end = Math.max(
    path.lastIndexOf("/"),
    isWindows ? path.lastIndexOf("\\") : -1,
  );
  return {
    folder: end < 0 ? "." : path.slice(0, end + 1),
    name: path.slice(end + 1),
  };
}
