/**
 * The options to request from the output plugin. Options that are omitted or `false` are not
 * sent, since the server's default is the same, and older servers don't know all of them.
 *
 * Source: the manual, "Logical Streaming Replication Parameters".
 */
export interface PgoutputOptions {
  /**
   * The protocol version. PostgreSQL 14 has 1 and 2, 15 also 3, and 16 to 19 also 4; there is
   * no other.
   */
  readonly protocolVersion: number;
  /** The publications whose tables to send; at least one. */
  readonly publications: readonly string[];
  /**
   * Whether to send messages of `pg_logical_emit_message`.
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
   * Whether to send large transactions before they are complete: requires version 2, and
   * `"parallel"` version 4.
   *
   * @default {false}
   */
  readonly streaming?: boolean | "parallel";
  /**
   * Whether to send prepared transactions when they are prepared: requires version 3. The
   * server marks the slot permanently.
   *
   * @default {false}
   */
  readonly twoPhase?: boolean;
  /**
   * `"none"` omits changes that were themselves replicated. PostgreSQL 16 and later.
   *
   * @default {"any"}
   */
  readonly origin?: "none" | "any";
}
