import type { FakeAnswer } from "../options/fake_server_options.ts";
import { ServerError } from "../store/slots.ts";
import {
  type KnownQuery,
  type QueryContext,
  type Result,
  rowsOf,
} from "./answer.ts";
import { UnknownPart } from "./copy_query.ts";
import { knownQueries } from "./known_queries.ts";
import { readLiteral } from "./statements.ts";
import { squeeze } from "./template.ts";

/** Options for a {@linkcode StatementRunner}. */
export interface AnsweringOptions {
  /** The server's major version. */
  readonly major: number;
  /** The caller's own answers. */
  readonly answer: ((sql: string) => FakeAnswer | undefined) | undefined;
  /** Called with each statement that is not recognized. */
  readonly onUnknown: (statement: string) => void;
}

const SET_CONFIG =
  /pg_catalog\.set_config\('(\w+)', '((?:[^']|'')*)', (?:true|false)\)/g;
const SET = /^SET (LOCAL )?(\w+) (?:=|TO) (.*)$/is;

/** Answers SQL, one statement at a time. */
export class StatementRunner {
  readonly #options: AnsweringOptions;
  readonly #known: readonly KnownQuery[];

  /** @param options The version, and answers besides the library's own queries. */
  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.#known = knownQueries(options.major);
  }

  /**
   * Answers a statement.
   *
   * @param statement The statement.
   * @param context The state that it reads.
   * @throws {ServerError} If the server would reject it, or does not recognize it.
   */
  run(statement: string, context: QueryContext): Result {
    const text = squeeze(statement);
    const own = this.#setting(text, context) ?? this.#query(text, context);
    if (own !== null) return own;
    const rows = this.#options.answer?.(statement);
    if (rows !== undefined) {
      return { kind: "rows", width: rows[0]?.length ?? 1, rows };
    }
    this.#options.onUnknown(statement);
    throw new ServerError("0A000", unknownStatement(statement));
  }

  #query(text: string, context: QueryContext): Result | null {
    for (const { pattern, answer } of this.#known) {
      const match = pattern.exec(text);
      if (match === null) continue;
      try {
        return answer(match.slice(1).map((group) => group ?? ""), context);
      } catch (error) {
        if (error instanceof UnknownPart) return null;
        throw error;
      }
    }
    return null;
  }

  // Statements that set and show settings, and begin and end transactions.
  #setting(text: string, { settings }: QueryContext): Result | null {
    const [first = ""] = text.split(" ", 1);
    switch (first.toUpperCase()) {
      case "BEGIN":
      case "COMMIT":
      case "ROLLBACK":
        return { kind: "done", tag: first.toUpperCase() };
      case "SET": {
        const match = SET.exec(text);
        if (match === null) return null;
        const [, local, name = "", value = ""] = match;
        if (local === undefined) settings.set(name, unquoted(value));
        return { kind: "done", tag: "SET" };
      }
      case "SELECT": {
        const set = [...text.matchAll(SET_CONFIG)];
        const rest = text.replaceAll(SET_CONFIG, "").replaceAll(", ", "");
        if (set.length === 0 || rest.trim() !== "SELECT") return null;
        return rowsOf(set.map(([, , value = ""]) => value));
      }
      default:
        return null;
    }
  }
}

/** Returns the error message for a statement that is not recognized. */
export function unknownStatement(statement: string): string {
  return `The fake server does not know this SQL; answer it by the option answer of fakeServer(), or use a real server: ${statement}`;
}

function unquoted(value: string): string {
  return /^e?'/i.test(value) ? readLiteral(value) : value;
}
