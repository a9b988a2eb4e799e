import type { Args } from "./args.ts";
import { FoundOptions } from "./found_options.ts";

export type { Args };

/** What {@linkcode parseArgs} takes besides the arguments. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
> {
  /** Collects what follows `--` under `"--"`. */
  "--"?: boolean;
  /** Other names of an option. */
  alias?: Record<string, string | readonly string[]>;
  /** Options without a value; `false` when absent. */
  boolean?: B | readonly B[];
  /** Options with a value. */
  string?: S | readonly S[];
  /** Options that may come several times; `[]` when absent, if they are declared besides. */
  collect?: C | readonly C[];
  /** Values for options that are absent. */
  default?: D;
  /** Options which `--no-NAME` sets to `false`. */
  negatable?: string | readonly string[];
  /** Takes all that follows the first argument which is no option as it is. */
  stopEarly?: boolean;
  /** Sees every argument not declared here; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

// With a value only where there is something behind the sign.
const LONG = /^--(no-)?(.+?)(?:=(.+))?$/s;
const SHORT = /^-(?!-).+/s;
const NUMBER_AT_END = /\d(?:\.\d*)?(?:e-?\d+)?$/;

/** Reads command-line arguments. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const D extends Record<string, unknown> = Record<never, never>,
>(args: string[], options: ParseOptions<B, S, C, D> = {}): Args<B, S, C, D> {
  const found = new FoundOptions(options);
  const { unknown, stopEarly = false } = options;
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);
  const positional: (string | number)[] = [];
  for (let at = 0; at < before.length; at++) {
    const arg = before[at]!;
    const next = before[at + 1];
    if (LONG.test(arg)) {
      if (readLong(found, arg, next)) at++;
    } else if (SHORT.test(arg)) {
      if (readShort(found, arg, next)) at++;
    } else {
      if (unknown?.(arg) !== false) positional.push(found.typed("_", arg));
      if (!stopEarly) continue;
      positional.push(...before.slice(at + 1));
      break;
    }
  }
  found.complete();
  const parsed = options["--"]
    ? { ...found.values, _: positional, "--": after }
    : { ...found.values, _: [...positional, ...after] };
  return parsed as Args<B, S, C, D>;
}

// Says whether the next argument belongs to it.
function readLong(found: FoundOptions, arg: string, next?: string): boolean {
  const [, no, name = "", value] = LONG.exec(arg)!;
  if (value !== undefined) {
    found.set(arg, name, found.isBoolean(name) ? value !== "false" : value);
    return false;
  }
  if (no !== undefined && found.isNegatable(name)) {
    found.negate(arg, name);
    return false;
  }
  const mayTake = !next?.startsWith("-");
  return found.setWith(arg, `${no ?? ""}${name}`, mayTake ? next : undefined);
}

// Likewise, of letters.
function readShort(found: FoundOptions, arg: string, next?: string): boolean {
  const last = arg.length - 1;
  for (let at = 1; at < last; at++) {
    const letter = arg[at]!;
    const rest = arg.slice(at + 1);
    const value = rest === "-"
      ? undefined
      : valueOf(letter, rest, at < last - 1);
    if (value !== undefined) {
      found.set(arg, letter, value);
      return false;
    }
    if (rest === "-") found.set(arg, letter, "-");
    else found.setAlone(arg, letter);
  }
  const letter = arg[last]!;
  if (letter === "-") return false;
  const isOption = next !== undefined && /^--?[^-]/.test(next);
  return found.setWith(arg, letter, isOption ? undefined : next);
}

// The value that stands right behind a letter.
function valueOf(
  letter: string,
  rest: string,
  hasMore: boolean,
): string | undefined {
  if (/[A-Za-z]/.test(letter)) {
    const sign = /=(.+)/.exec(rest);
    if (sign) return sign[1];
    if (NUMBER_AT_END.test(rest)) return rest;
  }
  return hasMore && /^\W/.test(rest) ? rest : undefined;
}
