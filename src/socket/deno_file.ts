import type { TemporaryFile } from "./socket.ts";

/**
 * Creates a temporary file in Deno, and deletes its name; on Windows, which refuses to delete an
 * open file, it is deleted when it is closed. It avoids `node:fs`, because loading that takes Deno
 * longer than a login.
 */
export async function createUnnamed(): Promise<TemporaryFile> {
  const path = await Deno.makeTempFile({ prefix: "walbrook-" });
  const remove = () => Deno.remove(path).then(() => true, () => false);
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true, write: true });
  } catch (error) {
    await remove();
    throw error;
  }
  const removed = await remove();
  return new DenoFile(file, removed ? null : remove);
}

class DenoFile implements TemporaryFile {
  readonly #file: Deno.FsFile;
  readonly #remove: (() => Promise<unknown>) | null;
  // The file has one position, so that one task uses it at a time.
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(file: Deno.FsFile, remove: (() => Promise<unknown>) | null) {
    this.#file = file;
    this.#remove = remove;
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#inTurn(position, async () => {
      for (let at = 0; at < bytes.length;) {
        at += await this.#file.write(bytes.subarray(at));
      }
    });
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#inTurn(position, async () => {
      let at = 0;
      while (at < into.length) {
        const length = await this.#file.read(into.subarray(at));
        if (length === null) break;
        at += length;
      }
      return at;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #inTurn<T>(position: number, task: () => Promise<T>): Promise<T> {
    const run = this.#last.then(() => {
      this.#file.seekSync(position, Deno.SeekMode.Start);
      return task();
    });
    this.#last = run.catch(() => {});
    return await run;
  }

  async #close(): Promise<void> {
    try {
      this.#file.close();
    } finally {
      await this.#remove?.();
    }
  }
}
