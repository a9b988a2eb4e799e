import { compareTypes } from "./compare_types.ts";
import { generateTypes } from "./generate_types.ts";
import type { NamedParser, ParserChoice } from "./parser_choice.ts";

/** What the command uses of the process. */
export interface TypesHost {
  /** Writes to standard output. */
  readonly write: (text: string) => void;
  /** Writes to standard error. */
  readonly writeError: (text: string) => void;
  /** Reads a file. */
  readonly readTextFile: (path: string) => Promise<string>;
}

const HELP = `Writes the types of a publication's tables as TypeScript.

Usage: walbrook types [CONNECTION] --publication NAME [options] > shop.ts

CONNECTION           A URL, or libpq's key=value pairs; PG* variables by default
--publication NAME   The publication; can be given several times
--int8=number        How values of a type are read: TYPE=PARSER, with the parsers
                     number, Date, text, Instant, PlainDateTime, PlainDate,
                     PlainTime, or MODULE#FUNCTION: --vector=./parsers.ts#vector
--binary             The subscription has binary: true
--from SPECIFIER     Where the file imports the package from
--check FILE         Writes nothing; ends with 1 if FILE is out of date
--help               Shows this text
`;

interface TypesArguments {
  readonly connection: string | undefined;
  readonly publication: readonly string[];
  readonly parsers: Record<string, ParserChoice>;
  readonly binary: boolean;
  readonly from: string | undefined;
  readonly check: string | undefined;
  readonly help: boolean;
}

/**
 * Runs the command `walbrook types`.
 *
 * @example
 * ```ts ignore
 * import { runTypes } from "@walbrook/walbrook/typegen";
 *
 * Deno.exitCode = await runTypes(Deno.args, {
 *   write: (text) => console.log(text.trimEnd()),
 *   writeError: (text) => console.error(text.trimEnd()),
 *   readTextFile: Deno.readTextFile,
 * });
 * ```
 *
 * @param args The arguments after the command's name.
 * @param host Input and output.
 * @returns The exit code: 0 if all is well, 1 if `--check` found the file out of date, 2 if
 * the arguments can't be used, 3 if the database could not be read.
 */
export async function runTypes(
  args: readonly string[],
  host: TypesHost,
): Promise<number> {
  let parsed: TypesArguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    host.writeError(`${messageOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (parsed.help) {
    host.write(HELP);
    return 0;
  }
  const { connection, publication, parsers, binary, from, check } = parsed;
  try {
    const current = await generateTypes(connection, {
      ...{ publication, parsers, binary },
      ...(from === undefined ? {} : { from }),
    });
    if (check === undefined) {
      host.write(current);
      return 0;
    }
    return report(check, current, await host.readTextFile(check), host);
  } catch (error) {
    host.writeError(`${messageOf(error)}\n`);
    return error instanceof TypeError ? 2 : 3;
  }
}

function report(
  path: string,
  current: string,
  file: string,
  { writeError }: TypesHost,
): number {
  const { isCurrent, differences } = compareTypes(file, current);
  if (isCurrent) return 0;
  writeError(
    `${path} is out of date: the database has changed, or other options were used\n${
      differences.map((line) => `${line}\n`).join("")
    }`,
  );
  return 1;
}

function parseArguments(args: readonly string[]): TypesArguments {
  const rest = [...args];
  const publication: string[] = [];
  const parsers: [string, ParserChoice][] = [];
  const values = new Map<string, string>();
  const flags = new Set<string>();
  while (rest.length > 0) {
    const [arg = "", name = arg, value] = /^(--[^=]+)=(.*)$/s.exec(rest[0]!) ??
      [rest[0]];
    rest.shift();
    switch (name) {
      case "--publication":
        publication.push(value ?? needed(name, rest.shift()));
        break;
      case "--from":
      case "--check":
        values.set(name, value ?? needed(name, rest.shift()));
        break;
      case "--binary":
      case "--help":
        flags.add(name);
        break;
      default:
        if (value !== undefined) {
          parsers.push([name.slice(2), parserOf(value)]);
        } else if (arg.startsWith("--") || values.has("")) {
          throw new TypeError(`Unknown argument: ${arg}`);
        } else values.set("", arg);
    }
  }
  if (publication.length === 0 && !flags.has("--help")) {
    throw new TypeError("No publication is given: add --publication NAME");
  }
  return {
    connection: values.get(""),
    publication,
    parsers: Object.fromEntries(parsers),
    binary: flags.has("--binary"),
    from: values.get("--from"),
    check: values.get("--check"),
    help: flags.has("--help"),
  };
}

function needed(name: string, value: string | undefined): string {
  if (value !== undefined && !value.startsWith("--")) return value;
  throw new TypeError(`${name} needs a value`);
}

function parserOf(text: string): ParserChoice {
  const at = text.lastIndexOf("#");
  // Whether there is a parser of that name is known where it is used.
  return at < 0
    ? text as NamedParser
    : { module: text.slice(0, at), name: text.slice(at + 1) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
