import type { RingLimits } from "./ring.ts";

/** What limits a {@linkcode Hub}. */
export interface HubOptions {
  /** What is kept for clients that connect again. */
  readonly ring: RingLimits;
  /** About how many bytes a transaction may have; larger ones have all rows read again. */
  readonly transactionBytes: number;
  /** How many clients there may be. */
  readonly maxClients: number;
  /** How many different requests may wait for a copy. */
  readonly maxWaiting: number;
  /** How many bytes may wait for a client before it is cut off. */
  readonly clientBytes: number;
  /** For how long a client may take nothing before it is cut off, in milliseconds. */
  readonly stallMs: number;
  /** Told of what went wrong beside the stream. */
  readonly onProblem: (error: unknown) => void;
}

/** Figures of a {@linkcode Hub}. */
export interface HubFigures {
  /** How many clients there are. */
  readonly clients: number;
  /** How many different requests they have. */
  readonly channels: number;
  /** How many bytes wait for them. */
  readonly queuedBytes: number;
  /** How many clients were cut off, since they took too little. */
  readonly cut: number;
  /** How many copies were made for clients. */
  readonly copies: number;
  /** How many bytes the ring keeps. */
  readonly ringBytes: number;
}

/** Too many clients, or too many of them wait for their rows. */
export class BusyError extends Error {
  /** The class's name. */
  override readonly name: string = "BusyError";
}
