import type { RingLimits } from "./ring.ts";

/** The limits of a {@linkcode Hub}. */
export interface HubOptions {
  /** How much is kept for clients that reconnect. */
  readonly ring: RingLimits;
  /**
   * The approximate size limit of a transaction; after a larger one all rows are read again.
   */
  readonly transactionBytes: number;
  /** The maximum number of clients. */
  readonly maxClients: number;
  /** The maximum number of different requests that wait for a copy. */
  readonly maxWaiting: number;
  /** How many bytes may wait for a client before it is disconnected. */
  readonly clientBytes: number;
  /** How long a client may read nothing before it is disconnected, in milliseconds. */
  readonly stallMs: number;
  /** Called with errors outside of the stream. */
  readonly onProblem: (error: unknown) => void;
}

/** Statistics of a {@linkcode Hub}. */
export interface HubFigures {
  /** The number of clients. */
  readonly clients: number;
  /** The number of their different requests. */
  readonly channels: number;
  /** The number of bytes waiting for them. */
  readonly queuedBytes: number;
  /** The number of clients that were disconnected because they read too slowly. */
  readonly cut: number;
  /** The number of copies made for clients. */
  readonly copies: number;
  /** The number of bytes in the ring. */
  readonly ringBytes: number;
}

/** The error for too many clients, or too many that wait for their rows. */
export class BusyError extends Error {
  /** The class's name. */
  override readonly name: string = "BusyError";
}
