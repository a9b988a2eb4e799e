import { untilAborted } from "../deadline.ts";
import {
  encodeSaslInitialResponse,
  encodeSaslResponse,
} from "../wire/frontend_message.ts";
import type { LoginConversation } from "./login_conversation.ts";
import { unexpectedMessage } from "./unexpected_message.ts";
import type { SaslMechanism } from "./sasl_mechanism.ts";
import { ScramClient } from "./scram.ts";

/**
 * Runs SCRAM within a login, up to the server's proof.
 *
 * @param conversation The login, in which the server has offered the mechanism.
 * @param mechanism The variant of SCRAM.
 * @param password The password as the user wrote it.
 * @param signal Aborts the login, however many iterations the server requested.
 * @throws {AuthenticationError} If the server's proof is wrong.
 * @throws {ProtocolError} If the server violates the order of messages.
 */
export async function runScram(
  conversation: LoginConversation,
  { name, binding }: SaslMechanism,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const scram = new ScramClient(password, { binding });
  await conversation.send(
    encodeSaslInitialResponse(name, scram.clientFirstMessage()),
  );
  const first = await conversation.next();
  if (first.kind !== "AuthenticationSASLContinue") {
    throw unexpectedMessage(first, `${name}, before the challenge`);
  }
  const answer = await untilAborted(
    scram.clientFinalMessage(first.data),
    signal,
  );
  await conversation.send(encodeSaslResponse(answer));
  const final = await conversation.next();
  if (final.kind !== "AuthenticationSASLFinal") {
    throw unexpectedMessage(final, `${name}, before its end`);
  }
  scram.verifyServerFinal(final.data);
}
