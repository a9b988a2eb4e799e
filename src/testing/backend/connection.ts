/** A connection, as the server has it. */
export interface Connection {
  /** The number of its process. */
  readonly processId: number;
  /** The name of the slot that it streams; `null` if it streams none. */
  readonly slot: string | null;
  /** Says that there may be something to send. */
  notify(): void;
  /** Breaks it off: what has not arrived is lost. */
  reset(): void;
  /** Ends it with a message. */
  terminate(code: string, message: string): void;
  /** Cancels the running command, if the key is right. */
  cancel(secretKey: number): void;
}
