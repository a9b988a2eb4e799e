/**
 * The fields of an ErrorResponse or NoticeResponse. Source: the manual, "Error and Notice
 * Message Fields".
 */
export interface PostgresErrorFields {
  /** `S`: severity, in the language of the server's `lc_messages`. */
  readonly severityLocalized?: string;
  /** `V`: severity, never translated: `ERROR`, `FATAL`, `WARNING` … */
  readonly severity: string;
  /** `C`: the SQLSTATE, five characters. */
  readonly code: string;
  /** `M`: the primary message. Its wording differs between versions and languages. */
  readonly message: string;
  /** `D`: a secondary message with more detail. */
  readonly detail?: string;
  /** `H`: a suggestion by the server what to do. */
  readonly hint?: string;
  /** `P`: the position of the error in the query, in characters, from 1. */
  readonly position?: string;
  /** `p`: the same for {@linkcode PostgresErrorFields.internalQuery}. */
  readonly internalPosition?: string;
  /** `q`: the text of a command that the server generated internally. */
  readonly internalQuery?: string;
  /** `W`: the call stack; during decoding it names slot, plugin and LSN. */
  readonly where?: string;
  /** `s`: the schema that the error concerns. */
  readonly schema?: string;
  /** `t`: the table that the error concerns. */
  readonly table?: string;
  /** `c`: the column that the error concerns. */
  readonly column?: string;
  /** `d`: the data type that the error concerns. */
  readonly dataType?: string;
  /** `n`: the constraint that the error concerns. */
  readonly constraint?: string;
  /** `F`: the server's source file. */
  readonly file?: string;
  /** `L`: the line in that file. */
  readonly line?: string;
  /** `R`: the server's routine that reported it. */
  readonly routine?: string;
}

/**
 * An error that the server reported. Decide by {@linkcode PostgresError.code}, never by the
 * message, which is translated and changes between versions.
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
 *
 * @category Errors
 */
export class PostgresError extends Error {
  /** The SQLSTATE: five characters, whose first two are the class. */
  readonly code: string;
  /** `ERROR`, `FATAL` or `PANIC`; after the latter two the server closes the connection. */
  readonly severity: string;
  /** Further detail from the server, if any. */
  readonly detail: string | undefined;
  /** The server's suggestion, if any. */
  readonly hint: string | undefined;
  /** All fields that the server sent. */
  readonly fields: PostgresErrorFields;

  /**
   * Creates the error from the fields that the server sent.
   *
   * @param fields The fields that the server sent.
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

/**
 * Returns a label under which to count an error: its SQLSTATE, or the name of its class.
 *
 * @example
 * ```ts
 * import { ConnectionError, errorType } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ConnectionError("The server closed the connection");
 * assertEquals(errorType(error), "ConnectionError");
 * ```
 *
 * @param error The error: any value that was thrown.
 * @returns The SQLSTATE of a {@linkcode PostgresError}, for example `"55006"`; the `name` of
 * another error; `"Error"` for a value that is no error.
 *
 * @category Errors
 */
export function errorType(error: unknown): string {
  if (error instanceof PostgresError) return error.code;
  return error instanceof Error ? error.name : "Error";
}

/**
 * The server sent bytes that violate the protocol. The connection is unusable.
 *
 * @example
 * ```ts
 * import { ProtocolError } from "@walbrook/walbrook";
 *
 * const isBrokenServer = (error: unknown) => error instanceof ProtocolError;
 * console.log(isBrokenServer(new ProtocolError("Cannot read a message")));
 * ```
 *
 * @category Errors
 */
export class ProtocolError extends Error {
  /**
   * Creates the error.
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
 * The server could not be reached, or the link to it was lost: refused, reset, timed out, or
 * ended without an error message.
 *
 * @example
 * ```ts
 * import { ConnectionError } from "@walbrook/walbrook";
 *
 * const isUnreachable = (error: unknown) => error instanceof ConnectionError;
 * console.log(isUnreachable(new ConnectionError("Cannot connect")));
 * ```
 *
 * @category Errors
 */
export class ConnectionError extends Error {
  /**
   * Creates the error.
   *
   * @param message What could not be done, and for which address.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConnectionError";
  }
}

/**
 * The client refuses to log in: the server's proof is wrong, or it requests a method that is
 * unknown or not allowed.
 *
 * @example
 * ```ts
 * import { AuthenticationError } from "@walbrook/walbrook";
 *
 * const mayBeAnImpostor = (error: unknown) => error instanceof AuthenticationError;
 * console.log(mayBeAnImpostor(new AuthenticationError("The proof is wrong")));
 * ```
 *
 * @category Errors
 */
export class AuthenticationError extends Error {
  /**
   * Creates the error.
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
 * Another process has taken over a consumer's position: the stored position is ahead of this
 * process. `CheckpointStore.save()` throws it, or the consumer itself if it stores the
 * position in one transaction with its data. It ends the subscription, without a
 * reconnection.
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
 *
 * @category Errors
 */
export class CheckpointConflictError extends Error {
  /**
   * Creates the error.
   *
   * @param message Which consumer's position it is, and which one is stored.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CheckpointConflictError";
  }
}

/**
 * A temporary file, which buffers large transactions that exceed the memory limit, could not
 * be created, written or read, for example because the disk is full.
 *
 * A subscription with `pgoutput` continues without the file, and reports the error as the
 * warning `temporaryFileFailed`; if the plugin needs the file, the subscription ends.
 *
 * @example
 * ```ts
 * import { TemporaryFileError } from "@walbrook/walbrook";
 *
 * const isDiskFull = (error: unknown) => error instanceof TemporaryFileError;
 * console.log(isDiskFull(new TemporaryFileError("No space left")));
 * ```
 *
 * @category Errors
 */
export class TemporaryFileError extends Error {
  /**
   * Creates the error.
   *
   * @param message What could not be done, and what to do about it.
   * @param options The `cause`, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TemporaryFileError";
  }
}

/**
 * The condition behind a {@linkcode SubscriptionError}, which does not resolve without
 * action. Later versions may add reasons.
 *
 * - `walLevel`: the server does not write what logical decoding needs.
 * - `slotMissing`: the slot does not exist.
 * - `slotUnusable`: the slot is of another kind, database or plugin, or it has lost
 *   the WAL that it should retain.
 * - `publicationMissing`: the publication does not exist, or did not exist yet when
 *   the change was written.
 * - `startPassed`: the slot has advanced past the start position.
 * - `startAhead`: the server has not written the start position yet.
 * - `otherServer`: the position belongs to another cluster.
 * - `otherTimeline`: the server is on another timeline than the position, for example
 *   after a failover.
 * - `encoding`: the output plugin writes in the database's encoding, which is not UTF8.
 * - `streamFailed`: the server reports the same error at the same position each time, for
 *   example because a row filter fails for a row; `cause` is its {@linkcode PostgresError}.
 * - `serverCrashed`: the connection breaks off at the same position each time, for example
 *   because the output plugin crashes the server.
 * - `noSelect`: the role may not read a table to be copied.
 * - `rowSecurity`: row security hides rows of a table to be copied from the role.
 * - `snapshotStandby`: tables can't be copied from a standby.
 * - `slotDropped`: the subscription has dropped its slot, as requested by `slotGuard.drop`.
 *
 * @category Errors
 */
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
  | "snapshotStandby"
  | "slotDropped";

/**
 * The server isn't configured for the subscription, and continuing would lose changes or
 * never deliver any. Someone must act; the message says how, and
 * {@linkcode SubscriptionErrorReason} lists the conditions.
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
 *
 * @category Errors
 */
export class SubscriptionError extends Error {
  /** The reason, for programs. */
  readonly reason: SubscriptionErrorReason;
  /** Points to the doctor, which examines the server without changing anything. */
  readonly hint: string =
    'runDoctor() from "@walbrook/walbrook/doctor" examines the whole server, and says what to do';

  /**
   * Creates the error.
   *
   * @param reason The reason, for programs.
   * @param message The reason for people, with what to do.
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
