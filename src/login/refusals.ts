import type { ConnectionTarget } from "../connection/connection_targets.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import type {
  AuthenticationMethod,
  RequireAuth,
} from "../connection/authentication_method.ts";
import type { ConnectionSettings } from "../connection/connection_settings.ts";
import type { SslMode } from "../connection/ssl_mode.ts";
import {
  AuthenticationError,
  ConnectionError,
  PostgresError,
  ProtocolError,
} from "../errors.ts";
import { describeAddress } from "./describe_address.ts";
import { unexpectedMessage } from "./unexpected_message.ts";
import type { BackendMessage } from "../wire/backend_message.ts";

// The manual, "Message Formats", under the numbers of Authentication messages.
const UNSUPPORTED_METHODS: Readonly<Record<number, string>> = {
  2: "Kerberos V5",
  7: "GSSAPI",
  9: "SSPI",
};

/**
 * Creates the error for a rejected request for an authentication method that this client
 * supports.
 */
export function methodRefused(
  method: AuthenticationMethod,
  requireAuth: RequireAuth,
): AuthenticationError {
  return new AuthenticationError(
    requireAuth.has(method)
      ? `Cannot log in with channel_binding=require: the server asks for authentication method "${method}", which has none`
      : `Cannot log in: the server asks for authentication method "${method}", which require_auth does not allow`,
  );
}

/** Creates the error for a request for any other method. */
export function methodUnknown(request: BackendMessage): Error {
  switch (request.kind) {
    case "AuthenticationSASL":
      return new AuthenticationError(
        `Cannot log in: the server offers the SASL mechanisms ${
          request.mechanisms.join(", ")
        }, and this client speaks SCRAM-SHA-256 and SCRAM-SHA-256-PLUS`,
      );
    case "AuthenticationUnsupported":
      return new AuthenticationError(
        `Cannot log in: the server asks for authentication method ${
          UNSUPPORTED_METHODS[request.code] ?? `number ${request.code}`
        }, and this client speaks password, md5 and scram-sha-256`,
      );
    default:
      return unexpectedMessage(request, "authentication");
  }
}

/** Creates the error for a server that requests another version of the protocol. */
export function versionUnknown(version: number): ProtocolError {
  return new ProtocolError(
    `Cannot log in: the server requests protocol ${version >> 16}.${
      version & 0xffff
    }, and this client speaks 3.0`,
  );
}

/** Creates the error for a session that lacks a requested setting. */
export function parameterChanged(
  name: string,
  value: string,
  wanted: string,
): ConnectionError {
  return new ConnectionError(
    `Cannot use this session: ${name} is "${value}" although "${wanted}" was requested; look for a pooler or a login trigger that changes it`,
  );
}

const NOT_POSTGRESQL =
  "; check that a PostgreSQL server listens there, without a PROXY header";

/** What is known about a failed login. */
export interface FailedAttempt {
  /** The address. */
  readonly target: ConnectionTarget;
  /** Whether it was encrypted. */
  readonly encrypted: boolean;
  /** The stage that it reached. */
  readonly stage: "dialling" | "handshake" | "startup" | "challenged";
}

/**
 * Adds to an error the server at which the login failed and, if known, the reason.
 *
 * @param error The error of the login.
 * @param attempt The connection.
 * @param settings The settings of the login.
 * @returns An error with this information, or the same error.
 */
export function explainFailure(
  error: unknown,
  attempt: FailedAttempt,
  { tls }: ConnectionSettings,
): unknown {
  const where = describeAddress(attempt.target.address);
  if (error instanceof PostgresError) return explainRefusal(error, where);
  const { stage } = attempt;
  const isStranger = error instanceof ProtocolError && stage === "startup";
  if (!isStranger && !(error instanceof ConnectionError)) return error;
  // With TLS 1.3, this side finishes before the server has verified the certificate.
  const mayBeRefused = attempt.encrypted && stage === "startup" &&
    tls?.options.clientCertificate !== undefined;
  const hint = isStranger
    ? NOT_POSTGRESQL
    : mayBeRefused
    ? "; it may not accept the client's certificate (sslcert)"
    : "";
  return new (isStranger ? ProtocolError : ConnectionError)(
    `Cannot log in at ${where}: ${error.message}${hint}`,
    { cause: error },
  );
}

/**
 * Creates the error for an answer to SSLRequest that is not a single `S` or `N`.
 *
 * @param answer The answer; empty if the server closed the connection.
 * @param isKnown Whether it begins with one of the two.
 */
export function tlsAnswerError(answer: Uint8Array, isKnown: boolean): Error {
  const [type] = answer;
  if (type === undefined) {
    return new ConnectionError(
      "Cannot start TLS: the server closed the connection",
    );
  }
  if (type === 0x45 /* E */) {
    return new ConnectionError(
      "Cannot start TLS: the server answered the request with an error; its log says which",
    );
  }
  // The first word of other protocols: HTTP, SSH, PROXY.
  const text = String.fromCharCode(...answer.subarray(0, 9));
  const word = /^[A-Z]{3,}/.exec(text)?.[0];
  return new ProtocolError(
    isKnown && word === undefined
      ? `Cannot start TLS: ${
        answer.length - 1
      } unencrypted bytes follow the answer to SSLRequest; someone may have inserted them`
      : `Cannot start TLS: the answer to SSLRequest is ${
        word === undefined ? describeByte(type) : `"${word}…"`
      }${NOT_POSTGRESQL}`,
  );
}

/** Creates the error for a server without TLS when encryption is required. */
export function tlsMissing(
  where: string,
  sslmode: SslMode,
): AuthenticationError {
  return new AuthenticationError(
    `Cannot log in at ${where}: the server does not offer TLS, and sslmode "${sslmode}" demands it`,
  );
}

// The first words of the commands that every walsender knows, and only a walsender: old
// servers parse later commands as SQL, too.
const WALSENDER_COMMAND =
  /^\s*(?:IDENTIFY_SYSTEM|TIMELINE_HISTORY|(?:CREATE|DROP)_REPLICATION_SLOT|START_REPLICATION|BASE_BACKUP)\b/i;
const SYNTAX_ERROR = "42601";

/**
 * Explains the error of a pooler or proxy that rejects a replication connection at its start.
 * These errors are not translated, unlike the server's own messages.
 *
 * @param error The error of the login.
 * @param where The address, for people.
 * @returns An error that names the pooler, or the same error.
 */
export function explainRefusal(error: PostgresError, where: string): Error {
  const { message } = error.fields;
  const parameter = /^unsupported startup parameter(?: in options)?: (\S+)/i
    .exec(message)?.[1];
  const isRefusal = parameter !== undefined ||
    /\bproxy\b.*\breplication\b|\breplication\b.*\bproxy\b/i.test(message);
  if (!isRefusal) return error;
  const who = parameter === undefined
    ? "a proxy"
    : "PgBouncer, or another pooler,";
  return new ProtocolError(
    `Cannot open a replication connection at ${where}: ${who} answers there in place of the server, and says "${message}"; connect to the server itself${
      parameter === undefined ? "" : ", or through PgBouncer 1.23 or later"
    }`,
    { cause: error },
  );
}

/**
 * Explains the error if a session turns out to be an ordinary one: a pooler has accepted the
 * parameter `replication` and ignored it.
 *
 * @param error The error of the command.
 * @param command The command.
 * @returns An error with this explanation, or the same error.
 */
export function explainSyntaxError(
  error: PostgresError,
  command: string,
): Error {
  // A walsender reports no position; SQL's parser rejects the first word.
  const isStumble = error.code === SYNTAX_ERROR &&
    error.fields.position === "1" && WALSENDER_COMMAND.test(command);
  if (!isStumble) return error;
  return new ProtocolError(
    "Cannot use this connection for replication: the server took a replication command for SQL, so something in between (PgBouncer with ignore_startup_parameters, or another pooler) has dropped the parameter replication; connect to the server itself, or through PgBouncer 1.23 or later",
    { cause: error },
  );
}
