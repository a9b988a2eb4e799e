import type { Checkpoint, CheckpointStore } from "../preflight/checkpoint.ts";
import { type AppendFile, FILES, type Files } from "../socket/files.ts";
import { formatCheckpoint, parseCheckpoint } from "./checkpoint_text.ts";

/** Options for a {@linkcode FileCheckpointStore}. */
export interface FileCheckpointStoreOptions {
  /** Files of your own. @default {undefined} those of the process */
  readonly files?: Files;
}

/**
 * Stores a checkpoint in a file, which is whole at any time, whatever crashes: a new one is
 * written beside it, with `.new` behind its name, made durable (`fsync`), and takes its place.
 *
 * What is processed between two checkpoints comes again after a crash: at least once. A file
 * does not keep a process that was paused from repeating what its successor has done.
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
   * Creates a store; nothing is read or written yet.
   *
   * @param path The file; its folder is created where there is none.
   * @param options Files of your own.
   */
  constructor(path: string, options: FileCheckpointStoreOptions = {}) {
    this.path = path;
    this.#files = options.files ?? FILES;
  }

  /**
   * Loads the checkpoint.
   *
   * @throws {SyntaxError} If the file holds something else.
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
    // A rename lasts once its folder is on the disk.
    await this.#files.syncFolder(folder);
  }
}

async function writeAll(file: AppendFile, bytes: Uint8Array): Promise<void> {
  await file.truncate(0);
  await file.append(bytes);
  // On the disk before it takes the place of the old one, which a crash would leave empty.
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
