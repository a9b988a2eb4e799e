import { untilAborted, withDeadline } from "./deadline.ts";
import { ConnectionError, type PostgresErrorFields } from "./errors.ts";
import type { ConnectionSettings } from "./connection/connection_settings.ts";
import { serverMajor } from "./replication/server_major.ts";
import { pinnedTimeouts } from "./replication/timeouts.ts";
import { ReplicationConnection } from "./replication/replication_connection.ts";
import type { ConnectionOptions } from "./connection/connection_options.ts";
import { resolveConnection } from "./connection/resolve_connection.ts";
import { openSession } from "./session/open_session.ts";
import type { Session } from "./session/session.ts";
import { bindRuntime } from "./socket/default_dial.ts";
import type { Dial, Environment } from "./socket/socket.ts";

/** Options for {@linkcode connect}. */
export interface ConnectOptions {
  /**
   * `"logical"` takes all walsender commands and SQL, and streams decoded changes;
   * `"physical"` belongs to no database and streams WAL.
   *
   * @default {"logical"}
   */
  readonly replication?: "logical" | "physical";
  /** Gives up the login; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Told of every notice that the server sends. */
  readonly onNotice?: (notice: PostgresErrorFields) => void;
  /**
   * How to open a connection.
   *
   * @default {undefined} as the running runtime does
   */
  readonly dial?: Dial;
  /**
   * Where to find environment variables and files.
   *
   * @default {undefined} the running runtime's
   */
  readonly environment?: Environment;
}

/**
 * Opens a replication connection, for those who want the walsender's commands one by
 * one. To follow changes, {@linkcode subscribe} does the rest too.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@walbrook/walbrook/replication";
 *
 * await using connection = await connect("host=localhost dbname=shop user=app");
 * const slot = await connection.createReplicationSlot("audit", { kind: "logical" });
 * console.log(slot.consistentPoint);
 * ```
 *
 * @param connection The server: a URL or `key=value` pairs as libpq takes them, or an
 * object. `undefined` for the `PG*` environment variables alone.
 * @param options How to connect.
 * @throws {PostgresError} If the server refuses the login.
 * @throws {AuthenticationError} If this side refuses it.
 * @throws {ConnectionError} If the server can't be reached.
 */
export async function connect(
  connection?: string | URL | ConnectionOptions,
  options: ConnectOptions = {},
): Promise<ReplicationConnection> {
  const { dial, environment } = await bindRuntime(options);
  const { signal } = options;
  const isLogical = options.replication !== "physical";
  const settings = await untilAborted(
    resolveConnection(connection, environment),
    signal,
  );
  const session = await openSession({
    dial,
    settings,
    replication: isLogical ? "database" : "true",
    signal,
    onNotice: options.onNotice ?? (() => {}),
  });
  // A physical walsender takes no SQL, and runs no transaction.
  if (isLogical) await pinTimeouts(session, settings, signal);
  return new ReplicationConnection(session);
}

async function pinTimeouts(
  session: Session,
  { connectTimeoutMs: timeoutMs }: ConnectionSettings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const sql = pinnedTimeouts(serverMajor(session.parameters));
  const timeoutError = () =>
    new ConnectionError(
      `Cannot connect: the server has not answered within ${timeoutMs} ms after the login (connect_timeout)`,
    );
  try {
    await withDeadline(
      { signal, timeoutMs, timeoutError },
      (signal) => session.query(sql, { signal }),
    );
  } catch (error) {
    await session.close();
    throw error;
  }
}
