import { untilAborted, withDeadline } from "./deadline.ts";
import { ConnectionError, type PostgresErrorFields } from "./errors.ts";
import type { ConnectionSettings } from "./connection/connection_settings.ts";
import { serverMajor } from "./replication/server_major.ts";
import { pinnedTimeouts } from "./session/pinned_settings.ts";
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
   * `"logical"` accepts all walsender commands and SQL, and streams decoded changes;
   * `"physical"` is not connected to a database and streams WAL.
   *
   * @default {"logical"}
   */
  readonly replication?: "logical" | "physical";
  /**
   * Aborts the login; the promise then rejects with `signal.reason`.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal;
  /**
   * Called with every notice that the server sends.
   *
   * @default {undefined} notices are discarded
   */
  readonly onNotice?: (notice: PostgresErrorFields) => void;
  /**
   * Opens connections.
   *
   * @default {undefined} the sockets of the current runtime
   */
  readonly dial?: Dial;
  /**
   * Provides environment variables and files.
   *
   * @default {undefined} the environment of the current runtime
   */
  readonly environment?: Environment;
}

/**
 * Opens a replication connection, to issue individual walsender commands. To follow changes,
 * use {@linkcode subscribe}, which handles everything else too.
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
 * @param connection The server: a URL, libpq's `key=value` pairs, or an object. `undefined`
 * uses only the `PG*` environment variables.
 * @param options Options for the connection.
 * @returns The connection, logged in.
 * @throws {PostgresError} If the server rejects the login.
 * @throws {AuthenticationError} If this side rejects it.
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
  // A physical walsender accepts no SQL, and runs no transaction.
  if (isLogical) await pinTimeouts(session, settings, signal);
  return new ReplicationConnection(session);
}

async function pinTimeouts(
  session: Session,
  { connectTimeoutMs: timeoutMs }: ConnectionSettings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const timeoutError = () =>
    new ConnectionError(
      `Cannot connect: the server has not answered within ${timeoutMs} ms after the login (connect_timeout)`,
    );
  try {
    const sql = pinnedTimeouts(serverMajor(session.parameters));
    await withDeadline(
      { signal, timeoutMs, timeoutError },
      (signal) => session.query(sql, { signal }),
    );
  } catch (error) {
    await session.close();
    throw error;
  }
}
