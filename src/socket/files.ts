import type { FileHandle } from "node:fs/promises";

/** A file to which data is appended. */
export interface AppendFile {
  /** The size in bytes. */
  readonly size: number;
  /** Appends all the bytes, or throws. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the appended bytes durable (survive a power failure). */
  sync(): Promise<void>;
  /** Truncates the file to a size, in bytes. */
  truncate(size: number): Promise<void>;
  /** Reads a part of it. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Closes it. */
  close(): Promise<void>;
}

/** Files and folders: those of the process, or an implementation of your own. */
export interface Files {
  /** Opens a file, which is created if missing. */
  open(path: string): Promise<AppendFile>;
  /** Lists the names in a folder, which is created if missing. */
  list(folder: string): Promise<readonly string[]>;
  /** Renames a file. */
  rename(from: string, to: string): Promise<void>;
  /** Makes the names in a folder durable, if the system supports that. */
  syncFolder(folder: string): Promise<void>;
}

/**
 * The files of the process, accessed with Node's `fs`, which Deno and Bun have too. Deno
 * requires `--allow-read` and `--allow-write` for them.
 */
export const FILES: Files = {
  async open(path) {
    const { open } = await import("node:fs/promises");
    // Not "a+": bytes are appended at the position that this process determines.
    const flags = await exists(path) ? "r+" : "w+";
    const handle = await open(path, flags);
    const { size } = await handle.stat();
    return new HandleFile(handle, size);
  },
  async list(folder) {
    const { mkdir, readdir } = await import("node:fs/promises");
    await mkdir(folder, { recursive: true });
    return await readdir(folder);
  },
  async rename(from, to) {
    const { rename } = await import("node:fs/promises");
    await rename(from, to);
  },
  async syncFolder(folder) {
    const { open } = await import("node:fs/promises");
    // Windows can't open folders.
    const handle = await open(folder, "r").catch(() => null);
    await handle?.sync().catch(() => {});
    await handle?.close();
  },
};

async function exists(path: string): Promise<boolean> {
  const { stat } = await import("node:fs/promises");
  return await stat(path).then(() => true, () => false);
}

class HandleFile implements AppendFile {
  readonly #handle: FileHandle;
  #size: number;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        at,
        bytes.length - at,
        this.#size,
      );
      at += bytesWritten;
      this.#size += bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await this.#handle.read(
        bytes,
        at,
        length - at,
        position + at,
      );
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
