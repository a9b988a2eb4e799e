import type { PostgresErrorFields } from "../errors.ts";
import type { Dial } from "../socket/socket.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { ConnectionTarget } from "../connection/connection_targets.ts";
import { Session } from "./session.ts";
import { logIn } from "../login/log_in.ts";

/** Options for {@linkcode openSession}. */
export interface OpenSessionOptions {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The servers and the credentials. */
  readonly settings: ConnectionSettings;
  /**
   * `"database"` for a logical walsender, `"true"` for a physical one, `undefined` for an
   * ordinary session.
   */
  readonly replication: "database" | "true" | undefined;
  /** Aborts the login. */
  readonly signal: AbortSignal | undefined;
  /** Called with every NoticeResponse, including those of the login. */
  readonly onNotice: (notice: PostgresErrorFields) => void;
  /**
   * Whether the caller asks for `search_path` itself, see {@linkcode LogInOptions.asksForPins}.
   *
   * @default {false}
   */
  readonly asksForPins?: boolean;
  /** Called with the server that was chosen. */
  readonly onConnect?: (target: ConnectionTarget) => void;
}

/** Logs in, and creates a session. */
export async function openSession(
  options: OpenSessionOptions,
): Promise<Session> {
  const { dial, settings, onNotice } = options;
  const loggedIn = await logIn(dial, settings, options);
  const { channel, parameters, processId, notices } = loggedIn;
  notices.forEach(onNotice);
  options.onConnect?.(loggedIn.target);
  return new Session({
    channel,
    parameters,
    processId,
    onNotice,
    cancel: async () => {
      const { sendCancelRequest } = await import("./cancel_request.ts");
      await sendCancelRequest(dial, settings, loggedIn);
    },
  });
}
