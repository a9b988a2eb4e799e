import type { ParseOptions } from "./parse_args.ts";

/** Keeps what has been found of the options, by their names, dotted ones nested. */
export class FoundOptions {
  /** The values. */
  readonly values: Record<string, unknown> = {};
  readonly #options: ParseOptions;
  readonly #others = new Map<string, readonly string[]>();
  readonly #booleans: ReadonlySet<string>;
  readonly #strings: ReadonlySet<string>;
  readonly #lists: ReadonlySet<string>;
  readonly #negatable: ReadonlySet<string>;

  /** @param options What was declared. */
  constructor(options: ParseOptions) {
    this.#options = options;
    for (const [name, others] of Object.entries(options.alias ?? {})) {
      const group = [name, ...toList(others)];
      for (const one of group) {
        this.#others.set(one, group.filter((other) => other !== one));
      }
    }
    this.#booleans = this.#withOthers(options.boolean);
    this.#strings = this.#withOthers(options.string);
    this.#lists = this.#withOthers(options.collect);
    this.#negatable = this.#withOthers(options.negatable);
  }

  /** Whether an option has no value. */
  isBoolean(name: string): boolean {
    return this.#booleans.has(name);
  }

  /** Whether `--no-NAME` says the opposite of an option. */
  isNegatable(name: string): boolean {
    return this.#negatable.has(name);
  }

  /** Makes a number of what looks like one, where no text is asked for. */
  typed(name: string, value: string): string | number {
    const isNumber = !this.#strings.has(name) && value.trim() !== "" &&
      Number.isFinite(Number(value));
    return isNumber ? Number(value) : value;
  }

  /** Sets an option. */
  set(arg: string, name: string, value: string | boolean): void {
    this.#set(arg, name, value, this.#lists.has(name));
  }

  /** Sets an option to `false`, even if it is a list. */
  negate(arg: string, name: string): void {
    this.#set(arg, name, false, false);
  }

  /** Sets an option that stands without a value. */
  setAlone(arg: string, name: string): void {
    this.set(arg, name, this.#strings.has(name) ? "" : true);
  }

  /**
   * Sets an option whose value may be the next argument.
   *
   * @returns Whether it is.
   */
  setWith(arg: string, name: string, next?: string): boolean {
    const isBoolean = this.isBoolean(name);
    const isTaken = isBoolean ? next === "true" || next === "false" : !!next;
    if (isTaken) this.set(arg, name, isBoolean ? next === "true" : next!);
    else this.setAlone(arg, name);
    return isTaken;
  }

  /** Sets what is absent. */
  complete(): void {
    for (const [name, value] of Object.entries(this.#options.default ?? {})) {
      if (this.#has(name)) continue;
      for (const one of this.#namesOf(name)) this.#put(one, value);
    }
    for (const name of [...this.#booleans, ...this.#strings]) {
      if (this.#has(name)) continue;
      if (this.#lists.has(name)) this.#put(name, []);
      else if (this.#booleans.has(name)) this.#put(name, false);
    }
  }

  #set(
    arg: string,
    name: string,
    value: string | boolean,
    isList: boolean,
  ): void {
    // A list is no declaration.
    const isKnown = this.#booleans.has(name) || this.#strings.has(name) ||
      this.#others.has(name);
    if (!isKnown && this.#options.unknown?.(arg, name, value) === false) return;
    const typed = typeof value === "string" ? this.typed(name, value) : value;
    for (const one of this.#namesOf(name)) this.#put(one, typed, isList);
  }

  #put(name: string, value: unknown, isList = false): void {
    const path = name.split(".");
    const last = path.pop()!;
    let within = this.values;
    for (const one of path) {
      within = (within[one] ??= {}) as Record<string, unknown>;
    }
    const before = within[last];
    if (!isList) within[last] = value;
    else if (Array.isArray(before)) before.push(value);
    else within[last] = before ? [before, value] : [value];
  }

  #has(name: string): boolean {
    let within: unknown = this.values;
    for (const one of name.split(".")) {
      if (!Object.hasOwn(within as object, one)) return false;
      within = (within as Record<string, unknown>)[one];
    }
    return true;
  }

  #namesOf(name: string): readonly string[] {
    return [name, ...this.#others.get(name) ?? []];
  }

  #withOthers(names: string | readonly string[] | undefined): Set<string> {
    return new Set(toList(names).flatMap((name) => this.#namesOf(name)));
  }
}

function toList(names: string | readonly string[] | undefined): string[] {
  return (typeof names === "string" ? [names] : [...names ?? []])
    .filter((name) => name !== "");
}
