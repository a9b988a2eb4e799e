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
  /** Options that may come several times; `[]` when absent. */
  collect?: C | readonly C[];
  /** Values for options that are absent. */
  default?: D;
  /** Options which `--no-NAME` sets to `false`. */
  negatable?: string | readonly string[];
  /** Takes the first argument that is no option, and all after it, as they are. */
  stopEarly?: boolean;
  /** Sees every argument not declared here; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What {@linkcode parseArgs} returns. */
export type Args<
  B extends string,
  S extends string,
  C extends string,
  D extends Record<string, unknown>,
> =
  & Record<string, unknown>
  & { [K in B]: boolean }
  & { [K in Exclude<S, C | keyof D>]?: string }
  & { [K in Exclude<S & keyof D, C>]: string | D[K] }
  & { [K in C]: string[] }
  & { _: (string | number)[]; "--"?: string[] };

function list(names: string | readonly string[] | undefined): string[] {
  return typeof names === "string" ? [names] : [...(names ?? [])];
}

function isNumeric(text: string): boolean {
  return /^0x[0-9a-f]+$/i.test(text) ||
    /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/.test(text);
}

/** Reads command-line arguments. Dotted names are not taken apart here. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const D extends Record<string, unknown> = Record<never, never>,
>(args: string[], options: ParseOptions<B, S, C, D> = {}): Args<B, S, C, D> {
  const groups = Object.entries(options.alias ?? {}).map((
    [name, others],
  ) => [name, ...list(others)]);
  const namesOf = (key: string) =>
    groups.find((group) => group.includes(key)) ?? [key];
  const withAliases = (names: string | readonly string[] | undefined) =>
    new Set(list(names).flatMap(namesOf));
  const booleans = withAliases(options.boolean);
  const strings = withAliases(options.string);
  const collected = withAliases(options.collect);
  const negatable = withAliases(options.negatable);
  const known = new Set([
    ...booleans,
    ...strings,
    ...collected,
    ...groups.flat(),
  ]);
  const found: Record<string, unknown> & { _: (string | number)[] } = { _: [] };

  function set(arg: string, key: string, value: string | boolean): void {
    if (!known.has(key) && options.unknown?.(arg, key, value) === false) return;
    const typed = typeof value === "string" && !strings.has(key) &&
        isNumeric(value)
      ? Number(value)
      : value;
    for (const name of namesOf(key)) {
      found[name] = collected.has(key)
        ? [...(found[name] as unknown[] | undefined ?? []), typed]
        : typed;
    }
  }

  /** Sets an option whose value may be the next argument; tells whether it is. */
  function setWithNext(arg: string, key: string, next?: string): boolean {
    const taken = next !== undefined &&
      (booleans.has(key)
        ? next === "true" || next === "false"
        : next === "-" || !next.startsWith("-"));
    if (taken) set(arg, key, booleans.has(key) ? next === "true" : next);
    else set(arg, key, strings.has(key) ? "" : true);
    return taken;
  }

  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);
  const positional = (arg: string) =>
    found._.push(strings.has("_") || !isNumeric(arg) ? arg : Number(arg));

  for (let at = 0; at < before.length; at++) {
    const arg = before[at] ?? "";
    const next = before[at + 1];
    const long = /^--([^=]+)(?:=(.*))?$/s.exec(arg);
    const short = /^-([^-].*)$/s.exec(arg);
    if (long) {
      const key = long[1] ?? "";
      const value = long[2];
      const negated = key.startsWith("no-") ? key.slice(3) : "";
      if (value !== undefined) {
        set(arg, key, booleans.has(key) ? value !== "false" : value);
      } else if (negatable.has(negated)) set(arg, negated, false);
      else if (setWithNext(arg, key, next)) at++;
    } else if (short) {
      const letters = short[1] ?? "";
      for (let i = 0; i < letters.length; i++) {
        const letter = letters[i] ?? "";
        const rest = letters.slice(i + 1);
        if (rest === "") {
          if (setWithNext(arg, letter, next)) at++;
        } else if (/^(=|[^A-Za-z])/.test(rest)) {
          set(arg, letter, rest.replace(/^=/, ""));
          break;
        } else set(arg, letter, strings.has(letter) ? "" : true);
      }
    } else if (options.stopEarly) {
      before.slice(at).forEach(positional);
      break;
    } else if (options.unknown?.(arg) !== false) positional(arg);
  }

  for (const [key, value] of Object.entries(options.default ?? {})) {
    for (const name of namesOf(key)) {
      if (!Object.hasOwn(found, name)) found[name] = value;
    }
  }
  for (const name of collected) found[name] ??= [];
  for (const name of booleans) found[name] ??= false;
  if (options["--"]) found["--"] = after;
  else after.forEach(positional);
  return found as Args<B, S, C, D>;
}
