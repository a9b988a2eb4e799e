import { AuthenticationError } from "../errors.ts";
import type { AuthenticationContext } from "./authentication_context.ts";
import type { AuthenticationMethod } from "../connection/authentication_method.ts";
import type { PasswordRequest } from "../connection/connection_options.ts";
import { untilAborted } from "../deadline.ts";
import {
  findInPasswordFile,
  type PasswordFile,
  type PasswordFinding,
} from "../connection/password_file.ts";

/**
 * Finds the password for one login: calls the function that fetches it, or searches the
 * password file.
 *
 * @param context The credentials, and the connection.
 * @param method The method that needs the password.
 * @throws {AuthenticationError} If there is none.
 * @throws {TypeError} If the function returns something else.
 */
export async function findPassword(
  { settings, attempt }: AuthenticationContext,
  method: AuthenticationMethod,
): Promise<string> {
  const { user, database, password } = settings;
  const { host, address, port } = attempt.target;
  const given = address.transport === "tcp" ? address.hostname : address.path;
  const request = { host: host ?? given, port, user, database };
  const found: unknown = typeof password === "function"
    ? await untilAborted(callPassword(password, request), attempt.signal)
    : password;
  if (typeof found === "string" && found !== "") return found;
  if (found !== undefined && found !== "") {
    throw new TypeError(
      `Cannot log in as "${user}": the password function returned a value of type ${typeof found}, not a string`,
    );
  }
  const finding = await untilAborted(
    askPasswordFile(settings.passwordFile, request),
    attempt.signal,
  );
  if (finding.password) return finding.password;
  throw new AuthenticationError(
    `Cannot log in as "${user}": the server asks for a password (${method}) and none was given; put it into the connection string or options, into PGPASSWORD, or into a password file${
      finding.problem === undefined ? "" : `; ${finding.problem}`
    }`,
  );
}

// Read again for each login, since it may have changed.
async function askPasswordFile(
  file: PasswordFile | undefined,
  request: PasswordRequest,
): Promise<PasswordFinding> {
  return file === undefined ? {} : await findInPasswordFile(file, request);
}

// Async, so that a function that throws rejects like one that returns a promise.
async function callPassword(
  password: (request: PasswordRequest) => string | Promise<string>,
  request: PasswordRequest,
): Promise<string> {
  return await password(request);
}
