/**
 * Names for the SQLSTATEs that matter to a replication client, as in the manual's appendix
 * "PostgreSQL Error Codes". Each is a separate export, so that a bundle contains only those
 * it uses.
 *
 * @example
 * ```ts
 * import { PostgresError, SQLSTATE } from "@walbrook/walbrook";
 *
 * function lacksRights(error: unknown): boolean {
 *   return error instanceof PostgresError &&
 *     error.code === SQLSTATE.INSUFFICIENT_PRIVILEGE;
 * }
 * console.log(lacksRights(new Error("something else")));
 * ```
 *
 * @category Errors
 * @module
 */

/** A wrong or missing setting or option; an unsupported protocol version. */
export const FEATURE_NOT_SUPPORTED = "0A000";
/** Rejected by `pg_hba.conf`, or no such role. */
export const INVALID_AUTHORIZATION_SPECIFICATION = "28000";
/** Text that the database's encoding does not allow. */
export const CHARACTER_NOT_IN_REPERTOIRE = "22021";
/** Text that has no equivalent in the client's encoding. */
export const UNTRANSLATABLE_CHARACTER = "22P05";
/** Wrong password. */
export const INVALID_PASSWORD = "28P01";
/** No such database. */
export const INVALID_CATALOG_NAME = "3D000";
/** Insufficient privilege to replicate. */
export const INSUFFICIENT_PRIVILEGE = "42501";
/** No such function: a type without a binary form. */
export const UNDEFINED_FUNCTION = "42883";
/** No such slot, publication or setting. */
export const UNDEFINED_OBJECT = "42704";
/** The slot already exists. */
export const DUPLICATE_OBJECT = "42710";
/** A name that the server does not accept. */
export const INVALID_NAME = "42602";
/** Too many connections or walsenders. */
export const TOO_MANY_CONNECTIONS = "53300";
/** No slot is free (`max_replication_slots`). */
export const CONFIGURATION_LIMIT_EXCEEDED = "53400";
/** `wal_level`, an invalidated slot, a skipped publication (as a notice). */
export const OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
/** The slot is active for another connection. */
export const OBJECT_IN_USE = "55006";
/** Cancelled on request. */
export const QUERY_CANCELED = "57014";
/** The server is shutting down, or this connection was terminated. */
export const ADMIN_SHUTDOWN = "57P01";
/** Another server process has crashed, so all are restarting. */
export const CRASH_SHUTDOWN = "57P02";
/** The server is starting up or shutting down. */
export const CANNOT_CONNECT_NOW = "57P03";
/** WAL or another file is gone. */
export const UNDEFINED_FILE = "58P01";
