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
