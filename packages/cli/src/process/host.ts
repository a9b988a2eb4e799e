/** The process that commands run in: its streams, its terminal and its end. */
export interface Host {
  /** How to call the program, for the help. */
  readonly program: string;
  /** Aborts when the process shall end in good order: Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal;
  /** The process's id. */
  readonly processId: number;
  /** Whether colours are welcome on the standard output. */
  readonly hasColor: boolean;
  /** Whether the standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Whether someone can be asked. */
  readonly canAsk: boolean;
  /** The width of the terminal; `undefined` where there is none. */
  readonly columns: number | undefined;
  /** The height of the terminal; `undefined` where there is none. */
  readonly rows: number | undefined;
  /** Starts a server to try things with, if there is one to start. */
  readonly demo?: StartDemo;
  /** Looks up an environment variable. */
  variable(name: string): string | undefined;
  /**
   * Writes text to the standard output, and resolves once it is written.
   *
   * @throws {ClosedPipe} If nobody reads any more.
   */
  write(text: string): Promise<void>;
  /** Writes lines for people to the standard error. */
  tell(lines: readonly string[]): void;
  /** Asks a question that is answered with yes or no; no is the default. */
  ask(question: string): Promise<boolean>;
  /**
   * Calls back with each key that is pressed, until the returned function is called. Ctrl-C
   * is one of them then.
   */
  onKey(listener: (key: string) => void): () => void;
  /** Calls back when the terminal's size changes, until the returned function is called. */
  onResize(listener: () => void): () => void;
}

/** A database to try things with. */
export interface Demo extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
  /** The publication of its tables. */
  readonly publication: string;
  /** Makes changes, until it goes away. */
  open(): Promise<void>;
}

/** Starts a {@linkcode Demo}. */
export type StartDemo = (signal: AbortSignal) => Promise<Demo>;

/** Nobody reads the standard output any more, as behind `| head`. */
export class ClosedPipe extends Error {
  override readonly name = "ClosedPipe";
}
