/** The names of a sequence of files. */
export class FileNames {
  readonly #folder: string;
  readonly #prefix: string;

  /**
   * @param folder Their folder.
   * @param prefix The prefix of each name.
   */
  constructor(folder: string, prefix: string) {
    this.#folder = folder.replace(/\/+$/, "");
    this.#prefix = prefix;
  }

  /** The path of the file that is being written. */
  open(number: number): string {
    return `${this.complete(number)}.open`;
  }

  /** The path of a complete file. */
  complete(number: number): string {
    const digits = `${number}`.padStart(10, "0");
    return `${this.#folder}/${this.#prefix}-${digits}.ndjson`;
  }

  /**
   * Finds the numbers of the files in a folder.
   *
   * @param names The names in the folder.
   */
  read(names: readonly string[]): {
    /** The complete files, in order. */
    readonly complete: readonly number[];
    /** The file that is being written; `null` if there is none. */
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
