/**
 * What to ask of the output plugin. Options that are left out, or `false`, are not
 * sent, since the server's default is the same, and older servers don't know all.
 *
 * Source: the manual, "Logical Streaming Replication Parameters".
 */
export interface PgoutputOptions {
  /**
   * The version of the messages. PostgreSQL 14 has 1 and 2, 15 also 3, and 16 to
   * 19 also 4; there is no other.
   */
  readonly protocolVersion: number;
  /** The publications whose tables to send; at least one. */
  readonly publications: readonly string[];
  /**
   * Whether to send what was written with `pg_logical_emit_message`.
   *
   * @default {false}
   */
  readonly messages?: boolean;
  /**
   * Whether to send values in the binary format of their types.
   *
   * @default {false}
   */
  readonly binary?: boolean;
  /**
   * Whether to send large transactions before they are complete: needs version
   * 2, and `"parallel"` version 4.
   *
   * @default {false}
   */
  readonly streaming?: boolean | "parallel";
  /**
   * Whether to send prepared transactions when they are prepared: needs version 3.
   * The server marks the slot permanently.
   *
   * @default {false}
   */
  readonly twoPhase?: boolean;
  /**
   * `"none"` leaves out what was itself replicated. PostgreSQL 16 and later.
   *
   * @default {"any"}
   */
  readonly origin?: "none" | "any";
}
