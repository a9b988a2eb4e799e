import { AuthenticationError } from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import {
  encodePasswordMessage,
  encodeSaslInitialResponse,
  encodeSaslResponse,
} from "../wire/frontend_message.ts";
import type { Password } from "./connection_options.ts";
import { untilAborted } from "./deadline.ts";
import {
  type LoginConversation,
  unexpectedMessage,
} from "./login_conversation.ts";
import { md5PasswordResponse } from "./md5_password.ts";
import type { AuthenticationMethod, RequireAuth } from "./require_auth.ts";
import { ScramClient } from "./scram.ts";

const SCRAM_SHA_256 = "SCRAM-SHA-256";

/** Who we are, and how to show it. */
export interface Credentials {
  /** The role to log in as. */
  readonly user: string;
  /** The password, if one is known. */
  readonly password: Password | undefined;
  /** Methods to go along with. */
  readonly requireAuth: RequireAuth;
  /** Ends the wait for a password. */
  readonly signal: AbortSignal;
  /** Called when the server asks for something, before it gets it. */
  readonly onChallenge: () => void;
}

/**
 * Does what the server asks for after StartupMessage, up to AuthenticationOk. One
 * request is answered, never a second one.
 *
 * @param conversation The login.
 * @param credentials Who we are.
 * @throws {AuthenticationError} If the method is unknown or not allowed, a password
 * is missing, or the server's own proof fails.
 * @throws {PostgresError} If the server refuses.
 */
export async function authenticate(
  conversation: LoginConversation,
  credentials: Credentials,
): Promise<void> {
  const request = await conversation.next();
  const method = methodOf(request);
  if (!credentials.requireAuth.has(method)) {
    throw new AuthenticationError(
      `Cannot log in: the server asks for authentication method "${method}", which require_auth does not allow`,
    );
  }
  if (method === "none") return;
  credentials.onChallenge();
  const password = await findPassword(credentials, method);
  switch (request.kind) {
    case "AuthenticationCleartextPassword":
      await conversation.send(encodePasswordMessage(password));
      break;
    case "AuthenticationMD5Password": {
      const { user } = credentials;
      const answer = md5PasswordResponse({ user, password }, request.salt);
      await conversation.send(encodePasswordMessage(answer));
      break;
    }
    case "AuthenticationSASL":
      await runScram(conversation, password);
  }
  const outcome = await conversation.next();
  if (outcome.kind === "AuthenticationOk") return;
  throw unexpectedMessage(outcome, "authentication, after the answer");
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
      if (request.mechanisms.includes(SCRAM_SHA_256)) return "scram-sha-256";
      throw new AuthenticationError(
        `Cannot log in: the server offers the SASL mechanisms ${
          request.mechanisms.join(", ")
        }, and this client speaks ${SCRAM_SHA_256}`,
      );
    case "AuthenticationUnsupported":
      throw new AuthenticationError(
        `Cannot log in: the server asks for authentication method ${request.method}, and this client speaks password, md5 and scram-sha-256`,
      );
    default:
      throw unexpectedMessage(request, "authentication");
  }
}

async function findPassword(
  { user, password, signal }: Credentials,
  method: AuthenticationMethod,
): Promise<string> {
  const found: unknown = typeof password === "function"
    ? await untilAborted(callPassword(password), signal)
    : password;
  if (found === undefined || found === "") {
    throw new AuthenticationError(
      `Cannot log in as "${user}": the server asks for a password (${method}) and none was given; put it into the connection string or options, or into PGPASSWORD`,
    );
  }
  if (typeof found === "string") return found;
  throw new TypeError(
    `Cannot log in as "${user}": the password function returned a value of type ${typeof found}, not a string`,
  );
}

// Async, so that a function which throws rejects like one which returns a promise.
async function callPassword(
  password: () => string | Promise<string>,
): Promise<string> {
  return await password();
}

async function runScram(
  conversation: LoginConversation,
  password: string,
): Promise<void> {
  const scram = new ScramClient(password);
  await conversation.send(
    encodeSaslInitialResponse(SCRAM_SHA_256, scram.clientFirstMessage()),
  );
  const first = await conversation.next();
  if (first.kind !== "AuthenticationSASLContinue") {
    throw unexpectedMessage(first, `${SCRAM_SHA_256}, before the challenge`);
  }
  const answer = await scram.clientFinalMessage(first.data);
  await conversation.send(encodeSaslResponse(answer));
  const final = await conversation.next();
  if (final.kind !== "AuthenticationSASLFinal") {
    throw unexpectedMessage(final, `${SCRAM_SHA_256}, before its end`);
  }
  scram.verifyServerFinal(final.data);
}
