import { ALL_METHODS, type RequireAuth } from "./authentication_method.ts";
import { suggestion } from "./keyword_values.ts";

/**
 * Parses libpq's `require_auth`: methods to accept, or methods to reject, each with a `!`.
 * Methods that only libpq supports (`gss`, `sspi`, `oauth`) may be listed too.
 *
 * Source: the manual, "Parameter Key Words", `require_auth`.
 *
 * @param text The list; empty for all methods.
 * @throws {TypeError} If the list names an unknown method or mixes both forms.
 */
export function parseRequireAuth(text: string): RequireAuth {
  if (text === "") return ALL_METHODS;
  const words = text.split(",").map((word) => word.trim());
  const refused = words.filter((word) => word.startsWith("!"));
  if (refused.length > 0 && refused.length < words.length) {
    throw new TypeError(
      `Cannot use the value of require_auth: it mixes methods to accept and methods to refuse`,
    );
  }
  const named = new Set(words.map(checkMethod));
  return new Set(
    [...ALL_METHODS].filter((method) =>
      named.has(method) === (refused.length === 0)
    ),
  );
}

const METHODS: readonly string[] = ["gss", "sspi", "oauth", ...ALL_METHODS];

function checkMethod(word: string): string {
  const name = word.replace(/^!/, "");
  if (METHODS.includes(name)) return name;
  throw new TypeError(
    `Cannot use the value of require_auth: it names a method that does not exist; the methods are ${
      METHODS.join(", ")
    }${suggestion(name, METHODS)}`,
  );
}
