import { parseArgs } from "@std/cli/parse-args";
import { type Lsn, parseLsn } from "@walbrook/walbrook";

/** What the command line asks for. */
export type TailCommand =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | TailOptions;

/** Tail a database, this way. */
export interface TailOptions {
  /** Tells it from the other commands. */
  readonly kind: "tail";
  /** Which database. */
  readonly source: TailSource;
  /** The slot's name, if there is one. */
  readonly slot: string | undefined;
  /** Whether the slot may be created. */
  readonly createSlot: boolean;
  /** Whether the slot ends with the program. */
  readonly temporary: boolean;
  /** The output plugin. */
  readonly plugin: string;
  /** The plugin's own options. */
  readonly pluginOptions: Readonly<Record<string, string>>;
  /** The publications to follow; none if there is no `--publication`. */
  readonly publications: readonly string[];
  /** Where to start, instead of where the slot stands. */
  readonly startLsn: Lsn | undefined;
  /** Where to end. */
  readonly until: Lsn | "now" | undefined;
  /** After how many row changes to end. */
  readonly count: number;
  /** How to write events. */
  readonly format: "pretty" | "ndjson";
  /** Whether to tell of the connection too. */
  readonly verbose: boolean;
  /** Whether colours are welcome. */
  readonly color: boolean;
}

/** Where the events come from. */
export type TailSource =
  /** A database of its own, with a small shop in it. */
  | { readonly kind: "demo" }
  /** A server; where the connection is `undefined`, the PG* variables tell which. */
  | { readonly kind: "server"; readonly connection: string | undefined };

/** The command line makes no sense as it is. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const FLAGS = ["create-slot", "temporary", "verbose", "no-color"] as const;
const VALUES = [
  ...["slot", "publication", "start-lsn", "until", "count", "format"] as const,
  "plugin" as const,
];
/** The plugin of PostgreSQL's own subscriptions. */
export const PGOUTPUT = "pgoutput";

/** What only makes sense for a database of the user's own. */
const NOT_FOR_DEMO = [
  ...["slot", "publication", "create-slot", "temporary"] as const,
  ...["start-lsn", "until", "plugin"] as const,
];
const PG_VARIABLES = [
  ...["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER", "PGPORT"],
];

/**
 * Reads the command line.
 *
 * @param args The arguments.
 * @param variable Looks up an environment variable.
 * @throws {UsageError} If they can't be followed; the message says why.
 */
export function readArguments(
  args: readonly string[],
  variable: (name: string) => string | undefined,
): TailCommand {
  const unknown: string[] = [];
  const parsed = parseArgs([...args], {
    boolean: [...FLAGS, "help", "version"],
    string: [...VALUES, "plugin-option", "_"],
    collect: ["plugin-option"],
    alias: { help: "h" },
    unknown: (arg, key) => {
      if (key !== undefined) unknown.push(arg);
      return key === undefined;
    },
  });
  if (parsed.help) return { kind: "help" };
  if (parsed.version) return { kind: "version" };
  if (unknown[0] !== undefined) throw unknownOption(unknown[0]);
  for (const name of VALUES) {
    if (parsed[name] === "") throw new UsageError(`--${name} needs a value`);
  }
  const [connection, ...more] = parsed._.map(String);
  if (more.length > 0) {
    throw new UsageError(
      `There is more than one connection: "${
        more[0]
      }" comes too late; quote a key=value string`,
    );
  }
  const source = findSource(connection, variable);
  if (source.kind === "demo") {
    const given = NOT_FOR_DEMO.find((name) => parsed[name]);
    if (given !== undefined) {
      throw new UsageError(
        `--${given} needs a database: give a connection URL, or set DATABASE_URL or PGHOST`,
      );
    }
  }
  const { plugin = PGOUTPUT, publication } = parsed;
  if (plugin !== PGOUTPUT && publication !== undefined) {
    throw new UsageError(
      `--publication is for pgoutput: ${plugin} sends what its own options say`,
    );
  }
  const given = parsed["plugin-option"];
  if (plugin === PGOUTPUT && given.length > 0) {
    throw new UsageError(
      "--plugin-option needs another --plugin than pgoutput",
    );
  }
  return {
    kind: "tail",
    source,
    plugin,
    pluginOptions: readPluginOptions(given),
    slot: parsed.slot,
    createSlot: parsed["create-slot"],
    temporary: parsed.temporary,
    publications: readPublications(publication),
    startLsn: parsed["start-lsn"] === undefined
      ? undefined
      : readLsn("start-lsn", parsed["start-lsn"]),
    until: parsed.until === undefined || parsed.until === "now"
      ? parsed.until
      : readLsn("until", parsed.until),
    count: readCount(parsed.count),
    format: readFormat(parsed.format),
    verbose: parsed.verbose,
    color: !parsed["no-color"],
  };
}

// An option with nothing behind its "=" is not known to `parseArgs()` by its name.
function unknownOption(arg: string): UsageError {
  const [option = ""] = arg.split("=");
  const isKnown = [...VALUES, "plugin-option"].some((name) =>
    option === `--${name}`
  );
  return new UsageError(
    isKnown ? `${option} needs a value` : `There is no option ${option}`,
  );
}

function findSource(
  argument: string | undefined,
  variable: (name: string) => string | undefined,
): TailSource {
  const connection = argument || variable("DATABASE_URL");
  if (connection) return { kind: "server", connection };
  return PG_VARIABLES.some((name) => variable(name))
    ? { kind: "server", connection: undefined }
    : { kind: "demo" };
}

function readPluginOptions(
  texts: readonly string[],
): Record<string, string> {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new UsageError(
      `--plugin-option "${text}" is no NAME=VALUE, such as only-local=true`,
    );
  });
  return Object.fromEntries(pairs);
}

function readPublications(text: string | undefined): string[] {
  const names = (text ?? "").split(",").map((name) => name.trim());
  return names.filter((name) => name !== "");
}

function readLsn(option: string, text: string): Lsn {
  try {
    return parseLsn(text);
  } catch {
    throw new UsageError(
      `--${option} "${text}" is no position: write an LSN such as 0/16B3748${
        option === "until" ? ', or "now"' : ""
      }`,
    );
  }
}

function readCount(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`--count "${text}" is no number of row changes`);
}

function readFormat(text: string | undefined): TailOptions["format"] {
  if (text === undefined) return "pretty";
  if (text === "pretty" || text === "ndjson") return text;
  throw new UsageError(`--format "${text}" is neither pretty nor ndjson`);
}
