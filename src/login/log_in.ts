import type { PostgresErrorFields } from "../errors.ts";
import type { Dial, Socket } from "../socket/socket.ts";
import { encodeStartupMessage } from "../wire/frontend_message.ts";
import { authenticate } from "./authentication.ts";
import { reachServer } from "./reach_server.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import { PINNED_IN_OPTIONS } from "../connection/session_parameters.ts";
import type { ConnectionTarget } from "../connection/connection_targets.ts";
import { FrameChannel } from "../wire/frame_channel.ts";
import { MAX_ANSWER_BYTES } from "../wire/frame.ts";
import type { LoginAttempt } from "./login_attempt.ts";
import { LoginConversation } from "./login_conversation.ts";
import { unexpectedMessage } from "./unexpected_message.ts";
import type { TargetSessionAttrs } from "../connection/target_session_attrs.ts";
import { checkReportedParameters } from "./check_parameters.ts";

/** The outcome of a login: a connection on which a command may be sent. */
export interface LoggedIn {
  /** The connection. */
  readonly channel: FrameChannel;
  /** Every ParameterStatus of the login. */
  readonly parameters: Map<string, string>;
  /** The server process; 0 if a pooler does not report it. */
  readonly processId: number;
  /** The key for a CancelRequest; empty if a pooler withholds it. */
  readonly secretKey: Uint8Array;
  /** Every NoticeResponse of the login. */
  readonly notices: PostgresErrorFields[];
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
  /** Which of the servers this is. */
  readonly target: ConnectionTarget;
}

/** How to log in. */
export interface LogInOptions {
  /**
   * `"database"` for a logical walsender, `"true"` for a physical one, `undefined`
   * for an ordinary session.
   */
  readonly replication: "database" | "true" | undefined;
  /**
   * Aborts the login; the promise then rejects with `signal.reason`.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the caller asks for `search_path` together with its first queries, if the server
   * does not report it, and calls {@linkcode Session.pinSettings} if it is not the pinned one.
   *
   * @default {false}
   */
  readonly asksForPins?: boolean | undefined;
}

/**
 * Connects and logs in, with protocol 3.0. If that fails, nothing stays open.
 *
 * @param dial The runtime's sockets.
 * @param settings The server and the credentials.
 * @param options The mode, and the signal.
 * @throws {PostgresError} If the server rejects the login.
 * @throws {AuthenticationError} If this side rejects the login: the server's proof or
 * certificate is wrong, or it requests something that was not given or not allowed.
 * @throws {ConnectionError} If the server can't be reached, disconnects or takes too long, or
 * the session does not have the requested settings.
 * @throws {ProtocolError} If the server violates the protocol.
 */
export async function logIn(
  dial: Dial,
  settings: ConnectionSettings,
  options: LogInOptions,
): Promise<LoggedIn> {
  const { replication, signal } = options;
  const startup = encodeStartupMessage(Object.entries({
    user: settings.user,
    database: settings.database,
    ...(replication === undefined ? {} : { replication }),
    ...settings.parameters,
  }));
  const logInTo = (attributes: TargetSessionAttrs) => {
    const plan = { ...options, settings, startup, attributes };
    return reachServer(
      { dial, settings, signal },
      (socket, attempt) => logInOver(socket, attempt, plan),
    );
  };
  const wanted = settings.targetSessionAttrs;
  if (wanted !== "prefer-standby") return await logInTo(wanted);
  const { preferStandby } = await import("./session_attributes.ts");
  return await preferStandby(logInTo, signal);
}

interface LoginPlan extends LogInOptions {
  readonly settings: ConnectionSettings;
  readonly startup: Uint8Array;
  readonly attributes: TargetSessionAttrs;
}

async function logInOver(
  socket: Socket,
  attempt: LoginAttempt,
  { settings, startup, attributes, replication, asksForPins }: LoginPlan,
): Promise<LoggedIn> {
  const channel = new FrameChannel(socket);
  try {
    const conversation = new LoginConversation(channel);
    await conversation.send(startup);
    await authenticate(conversation, { settings, attempt });
    const session = await readSession(conversation);
    // From 18 on the server reports it. A physical walsender accepts no SQL, and queries of
    // an ordinary session specify themselves where names are looked up.
    const reported = session.parameters.get("search_path");
    // Its encoding is set below, but only in a session that is known to be a walsender's. A
    // pooler may have made it an ordinary one, which it shares with other clients.
    const isUnencoded =
      session.parameters.get("server_encoding") === "SQL_ASCII";
    const mayHaveLostPins = replication === "database" &&
      reported !== PINNED_IN_OPTIONS.search_path &&
      (reported !== undefined || !asksForPins || isUnencoded);
    if (mayHaveLostPins) {
      const { askIn, pinSettings } = await import("./pin_settings.ts");
      await pinSettings(askIn(conversation, session.parameters));
    }
    // The database's encoding is known only after the login.
    if (replication === "database" && isUnencoded) {
      const { askIn, leaveUnconverted } = await import("./pin_settings.ts");
      await leaveUnconverted(askIn(conversation, session.parameters));
    }
    channel.limitMessages(MAX_ANSWER_BYTES);
    await checkReportedParameters(session.parameters);
    if (attributes !== "any") {
      const { checkSessionAttributes } = await import(
        "./session_attributes.ts"
      );
      checkSessionAttributes(session.parameters, attributes);
    }
    const { notices } = conversation;
    const { encrypted, target } = attempt;
    return { channel, notices, encrypted, target, ...session };
  } catch (error) {
    const { explainFailure } = await import("./refusals.ts").catch(() => {
      throw error;
    });
    throw explainFailure(error, attempt, settings);
  }
}

// The messages after AuthenticationOk, up to the first ReadyForQuery.
async function readSession(
  conversation: LoginConversation,
): Promise<Pick<LoggedIn, "parameters" | "processId" | "secretKey">> {
  const parameters = new Map<string, string>();
  let processId = 0;
  let secretKey = new Uint8Array(0);
  for (;;) {
    const message = await conversation.next();
    if (message.kind === "ParameterStatus") {
      parameters.set(message.name, message.value);
    } else if (message.kind === "BackendKeyData") {
      processId = message.processId;
      // A copy: the message is a view of the socket's buffer.
      secretKey = message.secretKey.slice();
    } else if (message.kind === "ReadyForQuery") {
      return { parameters, processId, secretKey };
    } else {
      throw unexpectedMessage(message, "the start of the session");
    }
  }
}
