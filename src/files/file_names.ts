/** The names of a sequence of files. */
export class FileNames {
  readonly #folder: string;
  readonly #prefix: string;

  /**
   * @param folder Where they lie.
   * @param prefix What each name begins with.
   */
  constructor(folder: string, prefix: string) {
    this.#folder = folder.replace(/\/+$/, "");
    this.#prefix = prefix;
  }

  /** The file that is written to. */
  open(number: number): string {
    return `${this.complete(number)}.open`;
  }

  /** A file that is complete. */
  complete(number: number): string {
    const digits = `${number}`.padStart(10, "0");
    return `${this.#folder}/${this.#prefix}-${digits}.ndjson`;
  }

  /**
   * Finds the numbers of the files in a folder.
   *
   * @param names What lies there.
   */
  read(names: readonly string[]): {
    /** Those that are complete, in order. */
    readonly complete: readonly number[];
    /** The one that is written to; `null` if there is none. */
    readonly open: number | null;
  } {
    const complete: number[] = [];
    let open: number | null = null;
    for (const name of names) {
      const match = /^-(\d{10,})\.ndjson(\.open)?$/.exec(
        name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : "",
      );
      if (match === null) continue;
      const number = Number(match[1]);
      if (match[2] === undefined) complete.push(number);
      else open = Math.max(open ?? 0, number);
    }
    return { complete: complete.toSorted((a, b) => a - b), open };
  }
}
