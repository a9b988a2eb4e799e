/** The process in which commands run: its streams, its terminal and its end. */
export interface Host {
  /** The name of the program in the help. */
  readonly program: string;
  /** Aborted when the process should shut down cleanly: Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal;
  /** The process's id. */
  readonly processId: number;
  /** Whether to use colours on standard output. */
  readonly hasColor: boolean;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Whether the user can be asked. */
  readonly canAsk: boolean;
  /** The width of the terminal; `undefined` if there is none. */
  readonly columns: number | undefined;
  /** The height of the terminal; `undefined` if there is none. */
  readonly rows: number | undefined;
  /** Starts a demo server, if available. */
  readonly demo?: StartDemo;
  /** Looks up an environment variable. */
  variable(name: string): string | undefined;
  /**
   * Writes text to standard output, and resolves once it is written.
   *
   * @throws {ClosedPipe} If nobody reads it any more.
   */
  write(text: string): Promise<void>;
  /** Writes lines for people to standard error. */
  tell(lines: readonly string[]): void;
  /** Asks a yes-no question; the default is no. */
  ask(question: string): Promise<boolean>;
  /**
   * Calls back with each key that is pressed, until the returned function is called.
   * Meanwhile Ctrl-C is an ordinary key.
   */
  onKey(listener: (key: string) => void): () => void;
  /** Calls back when the terminal's size changes, until the returned function is called. */
  onResize(listener: () => void): () => void;
}

/** A demo database. */
export interface Demo extends AsyncDisposable {
  /** Its connection URL. */
  readonly url: string;
  /** The publication of its tables. */
  readonly publication: string;
  /** Starts making changes, until it is closed. */
  open(): Promise<void>;
}

/** Starts a {@linkcode Demo}. */
export type StartDemo = (signal: AbortSignal) => Promise<Demo>;

/** The error if nobody reads standard output any more, as with `| head`. */
export class ClosedPipe extends Error {
  override readonly name = "ClosedPipe";
}
