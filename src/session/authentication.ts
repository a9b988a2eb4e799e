import { AuthenticationError } from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import { encodePasswordMessage } from "../wire/frontend_message.ts";
import type {
  ConnectionSettings,
  PasswordRequest,
} from "./connection_options.ts";
import { untilAborted } from "./deadline.ts";
import type { Link } from "./link.ts";
import {
  type LoginConversation,
  unexpectedMessage,
} from "./login_conversation.ts";
import type { PasswordFile, PasswordFinding } from "./password_file.ts";
import type { AuthenticationMethod } from "./authentication_method.ts";

const SCRAM_SHA_256 = "SCRAM-SHA-256";
const SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS";

/** Who we are, and over which connection. */
export interface AuthenticationContext {
  /** Who we are, and how to show it. */
  readonly settings: ConnectionSettings;
  /** The connection. */
  readonly link: Link;
}

/**
 * Does what the server asks for after StartupMessage, up to AuthenticationOk. One
 * request is answered, never a second one.
 *
 * @param conversation The login.
 * @param context Who we are, and over which connection.
 * @throws {AuthenticationError} If the method is unknown or not allowed, a password
 * is missing, or the server's own proof fails.
 * @throws {PostgresError} If the server refuses.
 */
export async function authenticate(
  conversation: LoginConversation,
  context: AuthenticationContext,
): Promise<void> {
  const { settings, link } = context;
  const request = await conversation.next();
  const method = methodOf(request);
  if (!settings.requireAuth.has(method)) {
    throw new AuthenticationError(
      `Cannot log in: the server asks for authentication method "${method}", which require_auth does not allow`,
    );
  }
  if (settings.channelBinding === "require" && method !== "scram-sha-256") {
    throw new AuthenticationError(
      `Cannot log in with channel_binding=require: the server asks for authentication method "${method}", which has none`,
    );
  }
  if (method === "none") return;
  link.stage = "challenged";
  await answer(conversation, request, context);
  const outcome = await conversation.next();
  if (outcome.kind === "AuthenticationOk") return;
  throw unexpectedMessage(outcome, "authentication, after the answer");
}

// What each method needs is loaded only when a server asks for it.
async function answer(
  conversation: LoginConversation,
  request: BackendMessage,
  context: AuthenticationContext,
): Promise<void> {
  const { settings: { user, channelBinding }, link } = context;
  if (request.kind === "AuthenticationSASL") {
    const { chooseMechanism } = await import("./sasl_mechanism.ts");
    const { runScram } = await import("./scram_login.ts");
    // Settled first: a password is fetched only for a login that can succeed.
    const mechanism = await chooseMechanism(request.mechanisms, {
      channelBinding,
      encrypted: link.encrypted,
      serverCertificate: link.serverCertificate,
    });
    const password = await findPassword(context, "scram-sha-256");
    return await runScram(conversation, mechanism, password);
  }
  if (request.kind === "AuthenticationMD5Password") {
    const { md5PasswordResponse } = await import("./md5_password.ts");
    const password = await findPassword(context, "md5");
    const response = md5PasswordResponse({ user, password }, request.salt);
    return await conversation.send(encodePasswordMessage(response));
  }
  const password = await findPassword(context, "password");
  await conversation.send(encodePasswordMessage(password));
}

function methodOf(request: BackendMessage): AuthenticationMethod {
  switch (request.kind) {
    case "AuthenticationOk":
      return "none";
    case "AuthenticationCleartextPassword":
      return "password";
    case "AuthenticationMD5Password":
      return "md5";
    case "AuthenticationSASL":
      if (request.mechanisms.some(isScram)) return "scram-sha-256";
      throw new AuthenticationError(
        `Cannot log in: the server offers the SASL mechanisms ${
          request.mechanisms.join(", ")
        }, and this client speaks ${SCRAM_SHA_256} and ${SCRAM_SHA_256_PLUS}`,
      );
    case "AuthenticationUnsupported":
      throw new AuthenticationError(
        `Cannot log in: the server asks for authentication method ${request.method}, and this client speaks password, md5 and scram-sha-256`,
      );
    default:
      throw unexpectedMessage(request, "authentication");
  }
}

function isScram(mechanism: string): boolean {
  return mechanism === SCRAM_SHA_256 || mechanism === SCRAM_SHA_256_PLUS;
}

async function findPassword(
  { settings, link }: AuthenticationContext,
  method: AuthenticationMethod,
): Promise<string> {
  const { user, password } = settings;
  const request = requestFor(settings, link);
  const found: unknown = typeof password === "function"
    ? await untilAborted(callPassword(password, request), link.signal)
    : password;
  if (typeof found === "string" && found !== "") return found;
  if (found !== undefined && found !== "") {
    throw new TypeError(
      `Cannot log in as "${user}": the password function returned a value of type ${typeof found}, not a string`,
    );
  }
  const finding = await untilAborted(
    askPasswordFile(settings.passwordFile, request),
    link.signal,
  );
  if (finding.password) return finding.password;
  throw new AuthenticationError(
    `Cannot log in as "${user}": the server asks for a password (${method}) and none was given; put it into the connection string or options, into PGPASSWORD, or into a password file${
      finding.problem === undefined ? "" : `; ${finding.problem}`
    }`,
  );
}

function requestFor(
  { user, database }: ConnectionSettings,
  { target: { host, address, port } }: Link,
): PasswordRequest {
  const given = address.transport === "tcp" ? address.hostname : address.path;
  return { host: host ?? given, port, user, database };
}

// Read anew for each login, since somebody may have changed it.
async function askPasswordFile(
  file: PasswordFile | undefined,
  request: PasswordRequest,
): Promise<PasswordFinding> {
  if (file === undefined) return {};
  const { findInPasswordFile } = await import("./password_file.ts");
  return await findInPasswordFile(file, request);
}

// Async, so that a function which throws rejects like one which returns a promise.
async function callPassword(
  password: (request: PasswordRequest) => string | Promise<string>,
  request: PasswordRequest,
): Promise<string> {
  return await password(request);
}
