/** The server's view of a connection. */
export interface Connection {
  /** Its process id. */
  readonly processId: number;
  /** The name of the slot that it streams; `null` if it streams none. */
  readonly slot: string | null;
  /** Signals that there may be something to send. */
  notify(): void;
  /** Resets it: what has not arrived is lost. */
  reset(): void;
  /** Ends it with an error message. */
  terminate(code: string, message: string): void;
  /** Cancels the running command, if the key is right. */
  cancel(secretKey: number): void;
}
