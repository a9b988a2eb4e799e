import { parseArgs } from "@std/cli/parse-args";
import { didYouMean, nearestTo } from "../text/nearest.ts";
import { type CommandSpec, optionsOf } from "./command.ts";
import type { ParsedArguments } from "./parsed_arguments.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Parses the arguments of a command.
 *
 * @param spec The command.
 * @param args The arguments after its name.
 * @returns The arguments, or `null` if they request the help.
 * @throws {UsageError} If an option is unknown, lacks a value or is repeated, or if there are
 * too many operands.
 */
export function parseArguments(
  spec: CommandSpec,
  args: readonly string[],
): ParsedArguments | null {
  const options = optionsOf(spec);
  const { takesOthers = false } = spec;
  const withValue = options.filter(({ value }) => value !== undefined);
  const unknown: string[] = [];
  const others = new Map<string, string>();
  const parsed = parseArgs([...args], {
    boolean: options.filter(({ value }) => value === undefined)
      .map(({ name }) => name),
    string: [...withValue.map(({ name }) => name), "_"],
    collect: withValue.map(({ name }) => name),
    alias: { help: "h" },
    unknown: (arg, key, value) => {
      if (key === undefined) return true;
      if (takesOthers && typeof value === "string") others.set(key, value);
      else unknown.push(arg);
      return false;
    },
  }) as Record<string, unknown> & { _: (string | number)[] };
  if (parsed["help"] === true) return null;
  if (unknown[0] !== undefined) throw unknownOption(unknown[0], spec);
  const values = (name: string) => (parsed[name] ?? []) as readonly string[];
  for (const { name, repeats = false } of withValue) {
    if (values(name).includes("")) {
      throw new UsageError(`--${name} needs a value`);
    }
    if (!repeats && values(name).length > 1) {
      throw new UsageError(`--${name} is given more than once`);
    }
  }
  const operands = parsed._.map(String);
  checkOperands(spec, operands);
  return {
    operands,
    others,
    flag: (name) => parsed[name] === true,
    value: (name) => values(name)[0],
    values,
  };
}

/** Splits values that may be given several times, and separated by commas. */
export function listOf(values: readonly string[]): string[] {
  return values.flatMap((text) => text.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Returns the name of a table with its schema, which is `public` by default. */
export function withSchema(table: string): string {
  return table.includes(".") ? table : `public.${table}`;
}

/**
 * Parses an integer above 0.
 *
 * @throws {UsageError} If it is not one.
 */
export function countOf(
  args: ParsedArguments,
  name: string,
): number | undefined {
  const text = args.value(name);
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} "${text}" is not a whole number above 0`);
}

/**
 * Parses a number of seconds.
 *
 * @returns Milliseconds.
 * @throws {UsageError} If it is not a number, or more than a day.
 */
export function secondsOf(
  args: ParsedArguments,
  name: string,
  otherwise: number,
): number {
  const text = args.value(name);
  const seconds = text === undefined ? otherwise : Number(text);
  if (text?.trim() !== "" && seconds >= 0 && seconds <= 86_400) {
    return seconds * 1_000;
  }
  throw new UsageError(
    `--${name} "${text}" is not a number of seconds from 0 to 86400`,
  );
}

// `parseArgs()` does not recognize an option with nothing after its "=" by its name.
function unknownOption(arg: string, spec: CommandSpec): UsageError {
  const [option = ""] = arg.split("=");
  const options = optionsOf(spec);
  const isKnown = options.some(({ name, value }) =>
    value !== undefined && option === `--${name}`
  );
  if (isKnown) return new UsageError(`${option} needs a value`);
  const near = nearestTo(
    option.replace(/^-+/, ""),
    options.map(({ name }) => name),
  );
  return new UsageError(
    `There is no option ${option}${
      didYouMean(near.map((name) => `--${name}`))
    }`,
  );
}

function checkOperands(
  { operands: specs, name }: CommandSpec,
  operands: readonly string[],
): void {
  const missing = specs.find(({ optional = false }, i) =>
    !optional && operands[i] === undefined
  );
  if (missing !== undefined) {
    throw new UsageError(`${name} needs a ${missing.name}`);
  }
  const tooMany = operands[specs.length];
  if (tooMany === undefined) return;
  throw new UsageError(
    specs.at(-1)?.name === "CONNECTION"
      ? `There is more than one connection: "${tooMany}" comes too late; quote a key=value string`
      : `"${tooMany}" is one argument too many`,
  );
}
