import { ConnectionError } from "../../errors.ts";
import type { Lsn } from "../../lsn.ts";
import type { Relation } from "../../events/relation.ts";

/** How a link ended. */
export interface LinkEnding {
  /** Where its stream began. */
  readonly start: Lsn;
  /** How many messages it received, excluding keepalives. */
  readonly messages: number;
  /** How long it streamed, in milliseconds. */
  readonly lifetimeMs: number;
  /** Whether the server or the network ended it, rather than this side. */
  readonly isByServer: boolean;
  /** Whether the connection broke off without an error message from the server. */
  readonly brokeOff: boolean;
  /** The table that was described last, if no change of it has followed. */
  readonly table: Relation | null;
}

/** The connection broke off at the start of the stream, which may be the cause. */
export class BrokenStart extends ConnectionError {
  /** @param cause The error that broke it off. */
  constructor(cause: ConnectionError) {
    super("The connection broke off at the start of the stream", { cause });
  }
}
