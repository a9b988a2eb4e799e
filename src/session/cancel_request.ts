import { ConnectionError } from "../errors.ts";
import type { Dial } from "../socket/socket.ts";
import { encodeCancelRequest } from "../wire/frontend_message.ts";
import { reachServer } from "../login/reach_server.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { ConnectionTarget } from "../connection/connection_targets.ts";
import { withDeadline } from "../deadline.ts";

// Long enough for a login, short enough for a caller that waits for a cancellation.
const TIMEOUT_MS = 5_000;

/** Identifies the session to interrupt. Process id and key come from its login. */
export interface CancelTarget {
  /** The server that it is on. */
  readonly target: ConnectionTarget;
  /** The server process. */
  readonly processId: number;
  /** Its key. */
  readonly secretKey: Uint8Array;
}

/** Options for {@linkcode sendCancelRequest}. */
export interface CancelOptions {
  /** Aborts the request; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the server to cancel what a session runs, with a CancelRequest over a separate
 * connection, encrypted by the same rules. The server never reports whether it did. Fails
 * after 5 seconds.
 *
 * @param connection The runtime's sockets, and the server's settings.
 * @param target The session.
 * @param options A signal that aborts the request.
 */
export async function sendCancelRequest(
  dial: Dial,
  settings: ConnectionSettings,
  { target, processId, secretKey }: CancelTarget,
  { signal }: CancelOptions = {},
): Promise<void> {
  const request = encodeCancelRequest(processId, secretKey);
  const there: ConnectionSettings = { ...settings, targets: [target] };
  await withDeadline(
    { signal, timeoutMs: TIMEOUT_MS, timeoutError },
    (signal) =>
      reachServer({ dial, settings: there, signal }, async (socket) => {
        const writer = socket.writable.getWriter();
        const reader = socket.readable.getReader();
        await writer.write(request);
        // The server closes the connection once it has passed the request on.
        await reader.read().catch(() => {});
        await socket.close();
      }),
  );
}

function timeoutError(): ConnectionError {
  return new ConnectionError(
    `Cannot cancel: the server has not closed the connection within ${
      TIMEOUT_MS / 1000
    } s`,
  );
}
