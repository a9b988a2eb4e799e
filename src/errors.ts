/**
 * The fields of an ErrorResponse or NoticeResponse, each under the name that
 * the manual gives it ("Error and Notice Message Fields").
 */
export interface PostgresErrorFields {
  /** `S`: severity, in the language of the server's `lc_messages`. */
  readonly severityLocalized?: string;
  /** `V`: severity, never translated: `ERROR`, `FATAL`, `WARNING` … */
  readonly severity: string;
  /** `C`: the SQLSTATE, five characters. */
  readonly code: string;
  /** `M`: the primary message. Its words differ by version and language. */
  readonly message: string;
  /** `D`: a second message that explains more. */
  readonly detail?: string;
  /** `H`: what to do about it, as the server suggests. */
  readonly hint?: string;
  /** `P`: where in the query the error is, in characters, from 1. */
  readonly position?: string;
  /** `p`: the same for {@linkcode PostgresErrorFields.internalQuery}. */
  readonly internalPosition?: string;
  /** `q`: the text of a command that the server made itself. */
  readonly internalQuery?: string;
  /** `W`: the call stack; while decoding it names slot, plugin and LSN. */
  readonly where?: string;
  /** `s`: the schema the error is about. */
  readonly schema?: string;
  /** `t`: the table the error is about. */
  readonly table?: string;
  /** `c`: the column the error is about. */
  readonly column?: string;
  /** `d`: the data type the error is about. */
  readonly dataType?: string;
  /** `n`: the constraint the error is about. */
  readonly constraint?: string;
  /** `F`: the server's source file. */
  readonly file?: string;
  /** `L`: the line in that file. */
  readonly line?: string;
  /** `R`: the routine that reported it. */
  readonly routine?: string;
}

/**
 * An error that the server reported. Decide on {@linkcode PostgresError.code},
 * never on the message, which is translated and changes between versions.
 *
 * @example
 * ```ts
 * import { PostgresError, SQLSTATE } from "@walbrook/walbrook";
 *
 * function slotIsBusy(error: unknown): boolean {
 *   return error instanceof PostgresError &&
 *     error.code === SQLSTATE.OBJECT_IN_USE;
 * }
 * slotIsBusy(new Error("something else"));
 * ```
 */
export class PostgresError extends Error {
  /** The SQLSTATE: five characters, whose first two are the class. */
  readonly code: string;
  /** `ERROR`, `FATAL` or `PANIC`; after the latter two the server hangs up. */
  readonly severity: string;
  /** What the server adds to the message, if anything. */
  readonly detail: string | undefined;
  /** What the server suggests, if anything. */
  readonly hint: string | undefined;
  /** Everything the server sent. */
  readonly fields: PostgresErrorFields;

  /**
   * Makes the error of what the server sent.
   *
   * @param fields What the server sent.
   * @param options The `cause`, if there is one.
   */
  constructor(fields: PostgresErrorFields, options?: ErrorOptions) {
    super(`${fields.severity}: ${fields.message} (SQLSTATE ${fields.code})`, {
      ...options,
    });
    this.name = "PostgresError";
    this.code = fields.code;
    this.severity = fields.severity;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.fields = fields;
  }
}

/** Bytes from the server that break the protocol. The connection is spent. */
export class ProtocolError extends Error {
  /**
   * Makes the error.
   *
   * @param message What could not be read, with the value found.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProtocolError";
  }
}

/**
 * The server could not be reached, or the link to it was lost: refused, reset,
 * timed out, or ended without a word.
 */
export class ConnectionError extends Error {
  /**
   * Makes the error.
   *
   * @param message What could not be done, and to which address.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConnectionError";
  }
}

/**
 * The client refuses to log in: the server's proof is wrong, or it asks for a
 * method that is unknown or that was not allowed.
 */
export class AuthenticationError extends Error {
  /**
   * Makes the error.
   *
   * @param message What was refused, and why.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AuthenticationError";
  }
}

/**
 * Another process has taken over a consumer's position: it stands further than this one has
 * come. A `CheckpointStore` throws it from `save()`, or the consumer itself where it
 * keeps the position in a transaction with its data. It ends the subscription, which does
 * not connect again.
 *
 * @example
 * ```ts
 * import { CheckpointConflictError, formatLsn, type Lsn } from "@walbrook/walbrook";
 *
 * // In a database: UPDATE checkpoint SET lsn = $1 WHERE consumer = $2 AND lsn < $1
 * function checkMoved(rowCount: number, lsn: Lsn): void {
 *   if (rowCount > 0) return;
 *   throw new CheckpointConflictError(
 *     `Cannot move the position to ${formatLsn(lsn)}: another process has moved it further`,
 *   );
 * }
 * checkMoved(1, 16n as Lsn);
 * ```
 */
export class CheckpointConflictError extends Error {
  /**
   * Makes the error.
   *
   * @param message Whose position it is, and where it stands.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CheckpointConflictError";
  }
}

/**
 * A temporary file, which holds what does not fit into memory of large transactions, could
 * not be made, written or read: the disk is full, for one.
 *
 * A subscription by `pgoutput` goes on without it, and reports the error with the warning
 * `temporaryFileFailed`; where the plugin needs the file, this ends the subscription.
 */
export class TemporaryFileError extends Error {
  /**
   * Makes the error.
   *
   * @param message What could not be done, and what to do about it.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TemporaryFileError";
  }
}

/** What keeps a {@linkcode SubscriptionError} from going away by itself. */
export type SubscriptionErrorReason =
  | "walLevel"
  | "slotMissing"
  | "slotUnusable"
  | "publicationMissing"
  | "startPassed"
  | "startAhead"
  | "otherServer"
  | "otherTimeline"
  | "encoding"
  | "streamFailed"
  | "serverCrashed"
  | "noSelect"
  | "rowSecurity"
  | "snapshotStandby";

/**
 * The server isn't set up for what was subscribed to, and going on would lose changes
 * or never deliver any. Someone has to act; the message says how.
 *
 * - `walLevel`: the server does not write what logical decoding needs.
 * - `slotMissing`: there is no such slot.
 * - `slotUnusable`: the slot is of another kind, database or plugin, or it has lost
 *   the WAL that it was to keep.
 * - `publicationMissing`: there is no such publication, or it did not exist yet when
 *   the change was written.
 * - `startPassed`: the slot has moved past the position to start from.
 * - `startAhead`: the server has not written the position to start from.
 * - `otherServer`: the position was reached on another cluster.
 * - `otherTimeline`: the server is on another timeline than the position, as after a
 *   failover.
 * - `encoding`: the output plugin writes in the database's encoding, which is not UTF8.
 * - `streamFailed`: the server reports the same error at the same position each time, as
 *   where a row filter fails for a row; the `cause` is its {@linkcode PostgresError}.
 * - `serverCrashed`: the connection breaks off at the same position each time, as where
 *   the output plugin crashes the server.
 * - `noSelect`: the role may not read a table that is to be copied.
 * - `rowSecurity`: row security hides rows of a table that is to be copied from the role.
 * - `snapshotStandby`: tables can't be copied from a standby.
 *
 * @example
 * ```ts
 * import { SubscriptionError } from "@walbrook/walbrook";
 *
 * function needsResync(error: unknown): boolean {
 *   return error instanceof SubscriptionError &&
 *     (error.reason === "slotMissing" || error.reason === "startPassed");
 * }
 * needsResync(new Error("something else"));
 * ```
 */
export class SubscriptionError extends Error {
  /** What is wrong. */
  readonly reason: SubscriptionErrorReason;

  /**
   * Makes the error.
   *
   * @param reason What is wrong.
   * @param message The same for people, with what to do.
   * @param options The `cause`, if there is one.
   */
  constructor(
    reason: SubscriptionErrorReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "SubscriptionError";
    this.reason = reason;
  }
}
