import type {
  OpenTemporaryFile,
  TemporaryFile,
} from "@walbrook/walbrook/socket";

/** Temporary files in memory, which know whether they were closed. */
export class MemoryFiles {
  /** How many were made. */
  made = 0;
  /** How many are open. */
  open = 0;

  /** Makes one. */
  readonly openTemporaryFile: OpenTemporaryFile = () => {
    this.made++;
    this.open++;
    let content = new Uint8Array(0);
    let closed = false;
    const file: TemporaryFile = {
      write(bytes, position) {
        if (closed) return Promise.reject(new Error("The file is closed"));
        const end = position + bytes.length;
        if (end > content.length) {
          const longer = new Uint8Array(end);
          longer.set(content);
          content = longer;
        }
        content.set(bytes, position);
        return Promise.resolve();
      },
      read(into, position) {
        if (closed) return Promise.reject(new Error("The file is closed"));
        const part = content.subarray(position, position + into.length);
        into.set(part);
        return Promise.resolve(part.length);
      },
      close: () => {
        if (!closed) this.open--;
        closed = true;
        return Promise.resolve();
      },
    };
    return Promise.resolve(file);
  };
}
