import { builtInTypeOid } from "../values/type_name.ts";
import { TYPE_OID } from "../values/type_oid.ts";

/**
 * How values of a type are parsed, if not by default: the name of the resulting JavaScript
 * type, from which the generated option `types` is created.
 *
 * - `"number"`: for `int8` and `numeric`, by `asNumber`;
 * - `"Date"`: for `timestamptz`, `timestamp` and `date`, by `asDate`;
 * - `"text"`: for any type, by `asText`;
 * - `"Instant"`, `"PlainDateTime"`, `"PlainDate"`, `"PlainTime"`: for `timestamptz`,
 *   `timestamp`, `date` and `time`, by the functions for Temporal, whose types the program
 *   must have;
 * - an object: any type by a function of the program.
 */
export type ParserChoice = NamedParser | OwnParser;

/** A parser of the library, by its result. */
export type NamedParser =
  | "number"
  | "Date"
  | "text"
  | "Instant"
  | "PlainDateTime"
  | "PlainDate"
  | "PlainTime";

/** A function of the program that parses a type. */
export interface OwnParser {
  /** The module that exports it, as the generated file imports it: `"./parsers.ts"`. */
  readonly module: string;
  /** Its name there. */
  readonly name: string;
}

/** The chosen parsers, by the name or OID of the type, as in the option `types`. */
export type ParserChoices = Readonly<Record<string, ParserChoice>>;

interface KnownParser {
  readonly function: string;
  readonly type: string;
  /** The built-in types that it parses; `null` for all types. */
  readonly reads: readonly number[] | null;
}

/** The parsers of the library. */
export const NAMED_PARSERS: Readonly<Record<NamedParser, KnownParser>> = {
  number: {
    function: "asNumber",
    type: "number",
    reads: [
      ...[TYPE_OID.INT2, TYPE_OID.INT4, TYPE_OID.INT8, TYPE_OID.NUMERIC],
      ...[TYPE_OID.FLOAT4, TYPE_OID.FLOAT8, TYPE_OID.XID8],
    ],
  },
  Date: {
    function: "asDate",
    type: "Date",
    reads: [TYPE_OID.TIMESTAMPTZ, TYPE_OID.TIMESTAMP, TYPE_OID.DATE],
  },
  text: { function: "asText", type: "string", reads: null },
  Instant: temporal("Instant", TYPE_OID.TIMESTAMPTZ),
  PlainDateTime: temporal("PlainDateTime", TYPE_OID.TIMESTAMP),
  PlainDate: temporal("PlainDate", TYPE_OID.DATE),
  PlainTime: temporal("PlainTime", TYPE_OID.TIME),
};

function temporal(name: string, typeOid: number): KnownParser {
  return {
    function: `as${name}`,
    type: `Temporal.${name}`,
    reads: [typeOid],
  };
}

/** The chosen parsers, looked up like the functions of the option `types`. */
export class ChosenParsers {
  readonly #byOid = new Map<number, ParserChoice>();
  readonly #byName = new Map<string, ParserChoice>();

  /**
   * @param choices The choices, by name or OID of the type.
   * @throws {TypeError} If a parser is unknown, or does not support the type.
   */
  constructor(choices: ParserChoices) {
    for (const [type, choice] of Object.entries(choices)) {
      const oid = /^\d+$/.test(type) ? Number(type) : builtInTypeOid(type);
      checkChoice(type, oid, choice);
      if (oid === undefined) this.#byName.set(type, choice);
      else this.#byOid.set(oid, choice);
    }
  }

  /**
   * Finds the parser of a type.
   *
   * @param typeOid The type.
   * @param names The type's names, in the order in which to look.
   */
  find(typeOid: number, names: readonly string[]): ParserChoice | undefined {
    const name = names.find((one) => this.#byName.has(one));
    return this.#byOid.get(typeOid) ??
      (name === undefined ? undefined : this.#byName.get(name));
  }
}

function checkChoice(
  type: string,
  typeOid: number | undefined,
  choice: ParserChoice,
): void {
  if (typeof choice === "object") return;
  if (!Object.hasOwn(NAMED_PARSERS, choice)) {
    throw new TypeError(
      `Cannot read "${type}" as "${choice}": expected ${
        Object.keys(NAMED_PARSERS).map((name) => `"${name}"`).join(", ")
      }, or an object with the module and the name of a function`,
    );
  }
  const { reads } = NAMED_PARSERS[choice];
  if (reads === null || (typeOid !== undefined && reads.includes(typeOid))) {
    return;
  }
  throw new TypeError(
    `Cannot read "${type}" as "${choice}": it has no values of this kind; give the module and the name of a function instead`,
  );
}
