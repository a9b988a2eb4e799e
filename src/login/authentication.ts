import type { AuthenticationMethod } from "../connection/authentication_method.ts";
import type { AuthenticationContext } from "./authentication_context.ts";
import type { LoginConversation } from "./login_conversation.ts";
import { unexpectedMessage } from "./unexpected_message.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import { encodePasswordMessage } from "../wire/frontend_message.ts";

const SCRAM = /^SCRAM-SHA-256(-PLUS)?$/;

/**
 * Performs the authentication that the server requests after StartupMessage, up to
 * AuthenticationOk. It answers one request, never a second one.
 *
 * @param conversation The login.
 * @param context The credentials, and the connection.
 * @throws {AuthenticationError} If the method is unknown or not allowed, a password
 * is missing, or the server's own proof fails.
 * @throws {PostgresError} If the server rejects the login.
 */
export async function authenticate(
  conversation: LoginConversation,
  context: AuthenticationContext,
): Promise<void> {
  const { settings, attempt } = context;
  const request = await conversation.next();
  const method = methodOf(request);
  if (method === null) {
    const { methodUnknown } = await import("./refusals.ts");
    throw methodUnknown(request);
  }
  const mayBind = method === "scram-sha-256" ||
    settings.channelBinding !== "require";
  if (!mayBind || !settings.requireAuth.has(method)) {
    const { methodRefused } = await import("./refusals.ts");
    throw methodRefused(method, settings.requireAuth);
  }
  if (method === "none") return;
  attempt.stage = "challenged";
  await answer(conversation, request, context);
  const outcome = await conversation.next();
  if (outcome.kind === "AuthenticationOk") return;
  throw unexpectedMessage(outcome, "authentication, after the answer");
}

// The code of each method is loaded only when a server requests it.
async function answer(
  conversation: LoginConversation,
  request: BackendMessage,
  context: AuthenticationContext,
): Promise<void> {
  const { settings: { user, channelBinding }, attempt } = context;
  if (request.kind === "AuthenticationSASL") {
    const { chooseMechanism } = await import("./sasl_mechanism.ts");
    const { runScram } = await import("./scram_login.ts");
    // Chosen first: a password is fetched only for a login that can succeed.
    const mechanism = await chooseMechanism(request.mechanisms, {
      channelBinding,
      encrypted: attempt.encrypted,
      serverCertificate: attempt.serverCertificate,
    });
    const password = await passwordFor(context, "scram-sha-256");
    return await runScram(conversation, mechanism, password, attempt.signal);
  }
  if (request.kind === "AuthenticationMD5Password") {
    const { md5PasswordResponse } = await import("./md5.ts");
    const password = await passwordFor(context, "md5");
    const response = md5PasswordResponse({ user, password }, request.salt);
    return await conversation.send(encodePasswordMessage(response));
  }
  const password = await passwordFor(context, "password");
  await conversation.send(encodePasswordMessage(password));
}

function methodOf(request: BackendMessage): AuthenticationMethod | null {
  switch (request.kind) {
    case "AuthenticationOk":
      return "none";
    case "AuthenticationCleartextPassword":
      return "password";
    case "AuthenticationMD5Password":
      return "md5";
    case "AuthenticationSASL":
      return request.mechanisms.some((name) => SCRAM.test(name))
        ? "scram-sha-256"
        : null;
    default:
      return null;
  }
}

async function passwordFor(
  context: AuthenticationContext,
  method: AuthenticationMethod,
): Promise<string> {
  const { password } = context.settings;
  if (typeof password === "string" && password !== "") return password;
  const { findPassword } = await import("./find_password.ts");
  return await findPassword(context, method);
}
