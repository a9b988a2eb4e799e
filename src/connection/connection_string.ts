/** The parts of a connection string: libpq's keywords and their values. */
export type ConnectionKeywords = Map<string, string>;

/**
 * Parses a connection string as libpq does: a `postgres://` or `postgresql://` URL, or
 * `keyword=value` pairs. Does not check which keywords exist; the last value of a repeated
 * one counts.
 *
 * Source: the manual, "Connection Strings"; `conninfo_parse` and
 * `conninfo_uri_parse` in fe-connect.c.
 *
 * @param text The connection string. Errors never quote it, since it may contain a password.
 * @returns The values under libpq's keywords (`dbname`, `application_name` …).
 * @throws {SyntaxError} If the string is neither form.
 */
export function parseConnectionString(text: string): ConnectionKeywords {
  const trimmed = text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, "");
  const scheme = /^postgres(?:ql)?:\/\//.exec(trimmed);
  if (scheme !== null) return parseUrl(trimmed.slice(scheme[0].length));
  const mistake = explainMistake(trimmed);
  if (mistake !== null) {
    throw new SyntaxError(`Cannot read the connection string: ${mistake}`);
  }
  return parsePairs(text);
}

// The parts of keyword = 'value with \' and blanks'. Blanks are those of ASCII, as in libpq.
const BLANKS = /[\t-\r ]*/y;
const KEYWORD = /(\w+)[\t-\r ]*=[\t-\r ]*/y;
const QUOTED_VALUE = /'((?:[^'\\]|\\[^])*)'/y;
const BARE_VALUE = /((?:[^\t-\r \\]|\\[^]|\\$)*)/y;

function parsePairs(text: string): ConnectionKeywords {
  const keywords: ConnectionKeywords = new Map();
  let at = 0;
  // Matches at the end of the last part, and moves past the match.
  const take = (part: RegExp): string | undefined => {
    part.lastIndex = at;
    const match = part.exec(text);
    if (match === null) return undefined;
    at = part.lastIndex;
    return match[1] ?? "";
  };
  for (take(BLANKS); at < text.length; take(BLANKS)) {
    const keyword = take(KEYWORD);
    if (keyword === undefined) {
      throw new SyntaxError(
        `Cannot read the connection string: there is no keyword with "=" at character ${
          at + 1
        }; a URL begins with "postgres://", and a value with blanks needs single quotes`,
      );
    }
    const start = at;
    const value = take(text[start] === "'" ? QUOTED_VALUE : BARE_VALUE);
    if (value === undefined) {
      throw new SyntaxError(
        `Cannot read the connection string: the quoted value that begins at character ${
          at + 1
        } has no end`,
      );
    }
    if (text[start] !== "'") checkPlain(keyword, value, "single quotes");
    if (keyword === "password") checkReplaced(value);
    keywords.set(keyword, value.replace(/\\([^]?)/g, "$1"));
  }
  return keywords;
}

// Everything after the scheme. Not parsed with URL: libpq's URLs may have no host, no path, a
// percent-encoded directory as host, or several hosts.
function parseUrl(rest: string): ConnectionKeywords {
  const keywords: ConnectionKeywords = new Map();
  const [, userInfo = "", hosts = "", database = "", query] =
    /^(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?([^]*))?$/.exec(rest) ?? [];
  // Then the host is a part of a password, and must not be connected to.
  if (database.includes("@")) {
    throw new SyntaxError(
      'Cannot read the connection URL: there is an "@" in the name of the database; write "/", "?", "#" and "@" in a user name or password percent-encoded',
    );
  }
  readUserInfo(userInfo, keywords);
  readHosts(hosts, keywords);
  checkPlain("dbname", database, "percent-encoding");
  setDecoded(keywords, "dbname", database);
  if (query) readQuery(query, keywords);
  return keywords;
}

function readUserInfo(text: string, keywords: ConnectionKeywords): void {
  const colon = text.indexOf(":");
  const user = colon < 0 ? text : text.slice(0, colon);
  if (colon < 0 && /%3a/i.test(user)) {
    throw new SyntaxError(
      'Cannot read the connection URL: the ":" between user and password is percent-encoded; write it as it is',
    );
  }
  checkPlain("user", user, "percent-encoding");
  setDecoded(keywords, "user", user);
  if (colon < 0) return;
  const password = text.slice(colon + 1);
  checkReplaced(password);
  setDecoded(keywords, "password", password);
}

// Several hosts stay in libpq's comma-separated form, for the caller to check.
function readHosts(text: string, keywords: ConnectionKeywords): void {
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const one of text.split(",")) {
    const match = /^(?:\[([^\]]+)\]|([^:@[\]]*))(?::([^@:]*))?$/.exec(one);
    if (/\[[\w -]*[g-z][\w -]*\]/i.test(one)) throw notReplaced("host");
    if (match === null) {
      throw new SyntaxError(
        'Cannot read the connection URL: there is no host and port where they should be; write an IPv6 address in square brackets, and "@", ":" or "/" in a user name or password percent-encoded',
      );
    }
    hosts.push(match[1] ?? match[2] ?? "");
    ports.push(match[3] ?? "");
  }
  setDecoded(keywords, "host", hosts.join(","));
  setDecoded(keywords, "port", ports.join(","));
}

function readQuery(query: string, keywords: ConnectionKeywords): void {
  // One "&" at the end is fine, as in libpq.
  for (const parameter of query.replace(/(?<=.)&$/, "").split("&")) {
    const [name = "", value, extra] = parameter.split("=");
    if (value === undefined || extra !== undefined) {
      throw new SyntaxError(
        'Cannot read the connection URL: each query parameter needs exactly one "="; write "?", "&" and "=" in a value percent-encoded',
      );
    }
    // JDBC's spelling, which libpq accepts in URLs.
    if (name === "ssl" && value === "true") keywords.set("sslmode", "require");
    else {
      checkPlain(name, value, "percent-encoding");
      keywords.set(decode(name), decode(value));
    }
  }
}

// The names that servers repeat in their errors. If one contains an unescaped delimiter of
// connection strings, two parts have probably been run together: one may be the password.
function checkPlain(keyword: string, value: string, cure: string): void {
  if (keyword !== "user" && keyword !== "dbname") return;
  if (!/[:;,=&?|"'`<>]/.test(value.replace(/\\[^]/g, ""))) return;
  throw new SyntaxError(
    `Cannot read the connection string: the value of ${keyword} has a character in it that stands between the parts of such strings; if it belongs to the name, it needs ${cure}`,
  );
}

// Placeholders that consoles and manuals write for a password: [YOUR-PASSWORD], <password>. A
// URL object percent-encodes them.
const PLACEHOLDER =
  /^(?:[[<{]|%5b|%3c|%7b)[a-z_ -]*password[a-z_ -]*(?:[\]>}]|%5d|%3e|%7d)$/i;
// In lower case it is a real password: tutorials create databases with it.
const CAPITAL_PLACEHOLDER = /^YOUR[_ -]?PASSWORD$/;

function checkReplaced(password: string): void {
  const isPlaceholder = PLACEHOLDER.test(password) ||
    CAPITAL_PLACEHOLDER.test(password);
  if (isPlaceholder) throw notReplaced("password");
}

function notReplaced(part: string): SyntaxError {
  return new SyntaxError(
    `Cannot read the connection string: the ${part} is still a placeholder, such as [YOUR-${part.toUpperCase()}] or <${part}>; write the ${part} in its place, without the brackets`,
  );
}

// A part that is absent or empty between two delimiters is not set.
function setDecoded(
  keywords: ConnectionKeywords,
  name: string,
  text: string,
): void {
  if (text !== "") keywords.set(name, decode(text));
}

// Blanks around a part are ignored, as in libpq from version 17 on; within a part they
// suggest that two things were run together.
function decode(part: string): string {
  const text = part.replace(/^ +| +$/g, "");
  if (text.includes(" ")) {
    throw new SyntaxError(
      'Cannot read the connection URL: there is a blank in the middle of a part of it; write it as "%20"',
    );
  }
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes("\0")) return decoded;
  } catch {
    // Falls through to one message for both errors.
  }
  throw new SyntaxError(
    'Cannot read the connection URL: a "%" in it is not followed by two hex digits, or they do not make UTF-8 text without zero bytes; write "%" itself as "%25"',
  );
}

// Connection strings in other formats, and what to write instead.
const FORMS: readonly (readonly [RegExp, string])[] = [
  [
    /^["'`\u2018-\u201d]/,
    "it begins with a quotation mark; remove the quotes around it",
  ],
  [
    /^jdbc:/i,
    'it is a JDBC URL; begin with "postgres://", and put user and password before the host: postgres://USER:PASSWORD@HOST/DATABASE',
  ],
  [
    /^psql\s/,
    "it begins with the command psql; pass only what follows it",
  ],
  [
    /^(?:export\s+)?\w+\s*[=:]\s*["']?postgres(?:ql)?:\/\//i,
    "it begins with the name of a variable; pass only the URL",
  ],
  [
    /^(?:undefined|null|[$%{].*)$/,
    "a variable in it has no value; is DATABASE_URL set?",
  ],
  [
    /^[^!-~]/,
    "it begins with a character that is not ASCII; remove it",
  ],
  [
    /^postgres(?:ql)?:\/\//i,
    'the scheme of a URL is written in lower case: "postgres://"',
  ],
  [
    /^[a-z][\w+.-]*:\/\//i,
    'it has another scheme; a URL begins with "postgres://" or "postgresql://"',
  ],
  [
    /^postgres(?:ql)?[:/]/i,
    'the scheme is not complete; a URL begins with "postgres://" or "postgresql://"',
  ],
  [
    /^(?:\/\/|[^\s=']+@)/,
    'it has no scheme; a URL begins with "postgres://" or "postgresql://"',
  ],
  [
    /^[\w ]+=[^'\s]*(?:;\s*|,)(?:host|server|port|user|user id|uid|password|pwd|dbname|database)\s*=/i,
    'its parts are separated by ";" or ","; separate them by blanks: host=HOST dbname=DATABASE',
  ],
];

// Explains what is wrong with a string that is neither a URL nor made of keywords, without
// quoting it; null if it has none of the known formats.
function explainMistake(text: string): string | null {
  const form = FORMS.find(([pattern]) => pattern.test(text));
  return form?.[1] ?? null;
}
