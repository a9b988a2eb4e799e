import { ConnectionError } from "../../errors.ts";
import type { Relation } from "../../events/relation.ts";

/** How a link ended. */
export interface LinkEnding {
  /** How long it had streamed, in milliseconds. */
  readonly lifetimeMs: number;
  /** Whether the server or the network ended it, and nothing on this side. */
  readonly isByServer: boolean;
  /** Whether the connection ended in the middle, without a word from the server. */
  readonly brokeOff: boolean;
  /** The table that was described last, if no change of it has come. */
  readonly table: Relation | null;
}

/** The connection broke off when the stream was to start: the start may be the cause. */
export class BrokenStart extends ConnectionError {
  /** @param cause What it broke off with. */
  constructor(cause: ConnectionError) {
    super("The connection broke off when the stream was to start", { cause });
  }
}
