import type { FileHandle } from "node:fs/promises";
import type { TemporaryFile } from "./socket.ts";

/**
 * Opens an existing file, and deletes its name: the file remains until it is closed, and
 * disappears with the process, however that ends. Windows refuses to delete an open file;
 * there it is deleted when it is closed.
 *
 * @param path The file, which no other process may use.
 */
export async function openUnnamed(path: string): Promise<TemporaryFile> {
  const { open, unlink } = await import("node:fs/promises");
  const remove = () => unlink(path).then(() => true, () => false);
  let handle: FileHandle;
  try {
    handle = await open(path, "r+");
  } catch (error) {
    await remove();
    throw error;
  }
  const removed = await remove();
  return new HandleFile(handle, removed ? null : remove);
}

class HandleFile implements TemporaryFile {
  readonly #handle: FileHandle;
  readonly #remove: (() => Promise<unknown>) | null;
  #closing: Promise<void> | undefined;

  constructor(handle: FileHandle, remove: (() => Promise<unknown>) | null) {
    this.#handle = handle;
    this.#remove = remove;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        at,
        bytes.length - at,
        position + at,
      );
      at += bytesWritten;
    }
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let at = 0;
    while (at < into.length) {
      const { bytesRead } = await this.#handle.read(
        into,
        at,
        into.length - at,
        position + at,
      );
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return at;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#handle.close();
    } finally {
      await this.#remove?.();
    }
  }
}
