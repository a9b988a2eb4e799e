import {
  AuthenticationError,
  ConnectionError,
  ProtocolError,
} from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";
import type {
  AuthenticationMethod,
  RequireAuth,
} from "../connection/authentication_method.ts";
import { unexpectedMessage } from "./unexpected_message.ts";

// The manual, "Message Formats", under the numbers of Authentication messages.
const UNSUPPORTED_METHODS: Readonly<Record<number, string>> = {
  2: "Kerberos V5",
  7: "GSSAPI",
  9: "SSPI",
};

/** Says why a request for authentication by a method that this client speaks is refused. */
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

/** Says what is wrong with a request that is for none of these methods. */
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

/** Says that the server wants to speak another version of the protocol. */
export function versionUnknown(version: number): ProtocolError {
  return new ProtocolError(
    `Cannot log in: the server wants to speak protocol ${version >> 16}.${
      version & 0xffff
    }, and this client speaks 3.0`,
  );
}

/** Says that a session does not have a setting which was asked for. */
export function parameterChanged(
  name: string,
  value: string,
  wanted: string,
): ConnectionError {
  return new ConnectionError(
    `Cannot use this session: ${name} is "${value}" although "${wanted}" was asked for at startup; look for a pooler or a login trigger that changes it`,
  );
}
