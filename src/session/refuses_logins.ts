import { reachServer } from "../login/reach_server.ts";
import { LoginConversation } from "../login/login_conversation.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import { withDeadline } from "../deadline.ts";
import { ConnectionError, PostgresError } from "../errors.ts";
import type { Dial } from "../socket/socket.ts";
import * as SQLSTATE from "../sqlstate.ts";
import { FrameChannel } from "../wire/frame_channel.ts";
import { encodeStartupMessage } from "../wire/frontend_message.ts";

/** Long enough for a connection and one answer. */
const TIMEOUT_MS = 5_000;

/** Which server to check. */
export interface RefusesLoginsOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The server, and the user to log in as. */
  readonly settings: ConnectionSettings;
  /** Aborts the check; the promise then rejects with `signal.reason`. */
  readonly signal: AbortSignal;
}

/**
 * Returns whether a server rejects logins because it is shutting down or starting up (57P03).
 * It reports that before it requests a password, so none is sent: the connection is closed
 * after the server's first answer. Fails after 5 seconds.
 *
 * Source: `BackendInitialize` in `backend_startup.c`, `ProcessStartupPacket` in
 * `postmaster.c` up to PostgreSQL 16.
 *
 * @param options Which server to check.
 * @throws {ConnectionError} If there is no answer.
 * @throws {PostgresError} If it rejects the login for another reason.
 */
export async function refusesLogins(
  { dial, settings, signal }: RefusesLoginsOptions,
): Promise<boolean> {
  const { user, database, parameters } = settings;
  const startup = encodeStartupMessage(
    Object.entries({ user, database, ...parameters }),
  );
  const ask = (signal: AbortSignal) =>
    reachServer({ dial, settings, signal }, async (socket) => {
      const channel = new FrameChannel(socket);
      const conversation = new LoginConversation(channel);
      await conversation.send(startup);
      await conversation.next();
      await channel.close();
      return false;
    });
  try {
    return await withDeadline(
      { signal, timeoutMs: TIMEOUT_MS, timeoutError },
      ask,
    );
  } catch (error) {
    const isRefused = error instanceof PostgresError &&
      error.code === SQLSTATE.CANNOT_CONNECT_NOW;
    if (isRefused) return true;
    throw error;
  }
}

function timeoutError(): ConnectionError {
  return new ConnectionError(
    `Cannot check the server: no answer within ${TIMEOUT_MS / 1000} s`,
  );
}
