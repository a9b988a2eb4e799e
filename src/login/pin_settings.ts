import {
  PINNED_IN_OPTIONS,
  UNCONVERTED,
} from "../connection/session_parameters.ts";
import { PostgresError } from "../errors.ts";
import { encodeQuery } from "../wire/frontend_message.ts";
import type { LoginConversation } from "./login_conversation.ts";
import { explainSyntaxError } from "./refusals.ts";
import { unexpectedMessage } from "./unexpected_message.ts";

/** Runs a command, and returns the last value of its result. */
export type Ask = (command: string) => Promise<string | null>;

const IDENTIFY_SYSTEM = "IDENTIFY_SYSTEM";

/**
 * Ensures the settings that StartupMessage requests in `options`, on a connection to a
 * walsender that accepts SQL. If a pooler has dropped `options`, or a login trigger has
 * changed a setting, this corrects it with SET.
 *
 * SET is sent to a walsender only: on a connection that a pooler shares by transaction, it
 * would outlive this client.
 *
 * @param ask Runs a command on that connection.
 * @throws {ProtocolError} If the session turns out to be an ordinary one.
 * @throws {PostgresError} If the server rejects them.
 */
export async function pinSettings(ask: Ask): Promise<void> {
  const found = await ask("SHOW search_path");
  if (found === PINNED_IN_OPTIONS.search_path) return;
  await ask(IDENTIFY_SYSTEM).catch((error) => {
    if (!(error instanceof PostgresError)) throw error;
    throw explainSyntaxError(error, IDENTIFY_SYSTEM);
  });
  const pins = Object.entries(PINNED_IN_OPTIONS)
    .map(([name, value]) => `SET ${name} = ${value}`);
  await ask(pins.join("; "));
}

/**
 * Requests text as it is stored, in a database with the encoding SQL_ASCII. Otherwise the
 * server refuses to send text that is not UTF-8.
 *
 * @param ask Runs a command on that connection.
 */
export async function leaveUnconverted(ask: Ask): Promise<void> {
  const command = Object.entries(UNCONVERTED)
    .map(([name, value]) => `SET ${name} = ${value}`);
  await ask(command.join("; "));
}

/**
 * Creates a function that runs commands within a login.
 *
 * @param conversation The login, after ReadyForQuery.
 * @param parameters Every ParameterStatus so far; later ones are added.
 */
export function askIn(
  conversation: LoginConversation,
  parameters: Map<string, string>,
): Ask {
  return (command) => run(command, conversation, parameters);
}

async function run(
  command: string,
  conversation: LoginConversation,
  parameters: Map<string, string>,
): Promise<string | null> {
  await conversation.send(encodeQuery(command));
  let value: string | null = null;
  for (;;) {
    const message = await conversation.next();
    switch (message.kind) {
      case "DataRow": {
        const bytes = message.values.at(-1) ?? null;
        value = bytes && new TextDecoder().decode(bytes);
        break;
      }
      case "ReadyForQuery":
        return value;
      case "RowDescription":
      case "CommandComplete":
        break;
      case "ParameterStatus":
        parameters.set(message.name, message.value);
        break;
      default:
        throw unexpectedMessage(message, "the answer to a setting");
    }
  }
}
