import { type Lsn, parseLsn } from "@walbrook/walbrook";
import type { Filter } from "@walbrook/walbrook/serve";
import { listOf } from "../command/parse_arguments.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import { findConnection } from "../database/connection_argument.ts";
import { readWhere } from "./where_filter.ts";

/** The options of `tail`. */
export interface TailOptions {
  /** The database. */
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
  /** Whether to show the existing rows, too. */
  readonly snapshot: boolean;
  /** The tables to show, as they were given; none for all. */
  readonly tables: readonly string[];
  /** Which rows to show; `null` for all. */
  readonly where: Filter | null;
  /** The start position, instead of that of the slot. */
  readonly startLsn: Lsn | undefined;
  /** The end position. */
  readonly until: Lsn | "now" | undefined;
  /** The number of row changes after which to end. */
  readonly count: number;
  /** How to write events. */
  readonly format: "pretty" | "ndjson";
  /** How to lay out a row for people. */
  readonly layout: "auto" | "line" | "record";
  /** Whether to report on the connection too. */
  readonly verbose: boolean;
  /** Whether to use colours. */
  readonly color: boolean;
}

/** The source of the events. */
export type TailSource =
  /** A database of its own, with a small shop in it. */
  | { readonly kind: "demo" }
  /** A server; if the connection is `undefined`, the PG* variables specify it. */
  | { readonly kind: "server"; readonly connection: string | undefined };

/** The plugin of PostgreSQL's own subscriptions. */
export const PGOUTPUT = "pgoutput";

/** The options that make sense only for a database of the user's own. */
const NOT_FOR_DEMO = [
  ...["slot", "publication", "create-slot", "temporary"] as const,
  ...["start-lsn", "until", "plugin"] as const,
];

/**
 * Parses the options of `tail`.
 *
 * @param args The command line.
 * @param variable Looks up an environment variable.
 * @throws {UsageError} If they are invalid; the message gives the reason.
 */
export function readTailOptions(
  args: ParsedArguments,
  variable: (name: string) => string | undefined,
): TailOptions {
  const found = findConnection(args.operands[0], variable);
  const source: TailSource = found.kind === "none" ? { kind: "demo" } : found;
  if (source.kind === "demo") {
    const given = NOT_FOR_DEMO.find((name) =>
      args.flag(name) || args.value(name) !== undefined
    );
    if (given !== undefined) {
      throw new UsageError(
        `--${given} needs a database: give a connection URL, or set DATABASE_URL or PGHOST`,
      );
    }
  }
  const plugin = args.value("plugin") ?? PGOUTPUT;
  const publication = args.value("publication");
  if (plugin !== PGOUTPUT && publication !== undefined) {
    throw new UsageError(
      `--publication is for pgoutput: ${plugin} sends what its own options say`,
    );
  }
  if (plugin !== PGOUTPUT && args.flag("snapshot")) {
    throw new UsageError(
      `--snapshot is for pgoutput: ${plugin} does not tell what the rows contain already`,
    );
  }
  const given = args.values("plugin-option");
  if (plugin === PGOUTPUT && given.length > 0) {
    throw new UsageError(
      "--plugin-option needs another --plugin than pgoutput",
    );
  }
  return {
    source,
    plugin,
    pluginOptions: readPluginOptions(given),
    slot: args.value("slot"),
    createSlot: args.flag("create-slot"),
    temporary: args.flag("temporary"),
    publications: listOf([publication ?? ""]),
    snapshot: args.flag("snapshot"),
    tables: listOf(args.values("table")),
    where: readWhere(args.value("where")),
    startLsn: readPosition(args, "start-lsn"),
    until: args.value("until") === "now" ? "now" : readPosition(args, "until"),
    count: readCount(args.value("count")),
    format: readFormat(args),
    layout: readLayout(args),
    verbose: args.flag("verbose"),
    color: !args.flag("no-color"),
  };
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

function readPosition(args: ParsedArguments, option: string): Lsn | undefined {
  const text = args.value(option);
  return text === undefined ? undefined : readLsn(option, text);
}

function readLsn(option: string, text: string): Lsn {
  try {
    return parseLsn(text);
  } catch {
    throw new UsageError(
      `--${option} "${text}" is not a position: write an LSN such as 0/16B3748${
        option === "until" ? ', or "now"' : ""
      }`,
    );
  }
}

function readCount(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`--count "${text}" is not a number of row changes`);
}

function readFormat(args: ParsedArguments): TailOptions["format"] {
  const format = readChoice(args, "format", ["pretty", "ndjson"]);
  if (format === "pretty" && args.flag("json")) {
    throw new UsageError("--json and --format pretty exclude each other");
  }
  return args.flag("json") ? "ndjson" : format ?? "pretty";
}

/** Parses how to lay out a row. */
export function readLayout(args: ParsedArguments): TailOptions["layout"] {
  return readChoice(args, "layout", ["auto", "line", "record"]) ?? "auto";
}

function readChoice<T extends string>(
  args: ParsedArguments,
  option: string,
  choices: readonly T[],
): T | undefined {
  const text = args.value(option);
  if (text === undefined) return undefined;
  const chosen = choices.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  throw new UsageError(
    choices.length === 2
      ? `--${option} "${text}" is neither ${choices.join(" nor ")}`
      : `--${option} "${text}" is none of ${choices.join(", ")}`,
  );
}
