import { describeBuiltIn } from "../values/type_description.ts";
import { TYPE_OID } from "../values/type_oid.ts";
import type { DescribedSchema, DescribedType } from "./described_schema.ts";
import {
  type ChosenParsers,
  NAMED_PARSERS,
  type ParserChoice,
} from "./parser_choice.ts";
import { propertyName, type TypeNames } from "./type_names.ts";

const NUMBERS: readonly number[] = [
  ...[TYPE_OID.INT2, TYPE_OID.INT4, TYPE_OID.OID, TYPE_OID.XID, TYPE_OID.CID],
  ...[TYPE_OID.FLOAT4, TYPE_OID.FLOAT8],
];
const BIG_INTEGERS: readonly number[] = [
  ...[TYPE_OID.INT8, TYPE_OID.XID8, TYPE_OID.OID8],
];
// Their binary format does not contain their text: see "Binary format" in docs/values.md.
const NAMED_OBJECTS: readonly number[] = [
  ...[TYPE_OID.REGPROC, TYPE_OID.REGPROCEDURE, TYPE_OID.REGOPER],
  ...[TYPE_OID.REGOPERATOR, TYPE_OID.REGCLASS, TYPE_OID.REGTYPE],
  ...[TYPE_OID.REGCONFIG, TYPE_OID.REGDICTIONARY, TYPE_OID.REGNAMESPACE],
  ...[TYPE_OID.REGROLE, TYPE_OID.REGCOLLATION, TYPE_OID.REGDATABASE],
];
const TEXT_SENDERS: readonly string[] = [
  ...["bpcharsend", "citextsend", "lquery_send", "ltree_send"],
  ...["ltxtq_send", "textsend", "varcharsend"],
];

/** Options for {@linkcode ValueTypes}. */
export interface ValueTypesOptions {
  /** The catalog's description. */
  readonly schema: DescribedSchema;
  /** The parsers that the program chose. */
  readonly parsers: ChosenParsers;
  /** Whether values come in binary format. */
  readonly binary: boolean;
  /** Creates the names of interfaces. */
  readonly names: TypeNames;
}

/** Writes the TypeScript types of values, and the declarations that they refer to. */
export class ValueTypes {
  readonly #options: ValueTypesOptions;
  readonly #byOid: ReadonlyMap<number, DescribedType>;
  readonly #declared = new Map<number, string>();
  readonly #declarations: string[] = [];
  /** Whether a value differs between text and binary format. */
  dependsOnFormat = false;
  /** Whether a type refers to `RangeValue`. */
  usesRange = false;

  /** @param options The catalog's description, and the program's choices. */
  constructor(options: ValueTypesOptions) {
    this.#options = options;
    const { types } = options.schema;
    this.#byOid = new Map(types.map((type) => [type.oid, type]));
  }

  /** The declarations of enums and composites, in the order in which they were needed. */
  get declarations(): readonly string[] {
    return this.#declarations;
  }

  /**
   * Writes the type of a value that is not null.
   *
   * @param typeOid The type.
   * @param dimensions The number of dimensions with which an array was declared.
   */
  write(typeOid: number, dimensions: number): string {
    const type = this.#byOid.get(typeOid);
    const choice = this.#options.parsers.find(typeOid, this.#namesOf(type));
    if (choice !== undefined) return parsedType(choice);
    const builtIn = describeBuiltIn(typeOid);
    switch (builtIn?.kind ?? type?.kind) {
      case "array":
      case "a":
        return this.#array(type!.partOid, dimensions);
      case "range":
      case "r":
        this.usesRange = true;
        return `RangeValue<${this.write(type!.partOid, 0)}>`;
      case "multirange":
      case "m":
        return `readonly ${this.write(type!.partOid, 0)}[]`;
      case "d":
        return this.write(type!.partOid, type!.dimensions);
      case "e":
      case "c":
        return this.#declare(type!);
      default:
        return this.#scalar(typeOid, type);
    }
  }

  #array(elementOid: number, dimensions: number): string {
    const element = this.write(elementOid, 0);
    const text = element === "unknown" ? element : `(${element} | null)`;
    return nest(`readonly ${text}[]`, dimensions - 1);
  }

  #declare(type: DescribedType): string {
    const known = this.#declared.get(type.oid);
    if (known !== undefined) return known;
    const { names } = this.#options;
    const isEnum = type.kind === "e";
    const name = names.make(type, isEnum ? "Enum" : "Composite");
    this.#declared.set(type.oid, name);
    const lines = isEnum
      ? [
        `export type ${name} =`,
        ...(type.labels.length === 0
          ? ["  never"]
          : type.labels.map((label) => `  | ${JSON.stringify(label)}`)),
      ]
      : [
        `export interface ${name} {`,
        ...type.attributes.map((attribute) =>
          `  readonly ${propertyName(attribute.name)}: ${
            orNull(this.write(attribute.typeOid, attribute.dimensions))
          };`
        ),
        "}",
      ];
    const what = isEnum ? "enum" : "composite type";
    this.#declarations.push([
      `/** ${comment(`The ${what} ${type.schema}.${type.name}.`)} */`,
      isEnum ? `${lines.join("\n")};` : lines.join("\n"),
    ].join("\n"));
    return name;
  }

  #scalar(typeOid: number, type: DescribedType | undefined): string {
    if (typeOid === TYPE_OID.BOOL) return "boolean";
    if (NUMBERS.includes(typeOid)) return "number";
    if (BIG_INTEGERS.includes(typeOid)) return "bigint";
    if (typeOid === TYPE_OID.BYTEA) return "Uint8Array";
    if (typeOid === TYPE_OID.JSON || typeOid === TYPE_OID.JSONB) {
      return "unknown";
    }
    if (typeOid === TYPE_OID.MONEY) return this.#byFormat("bigint");
    if (NAMED_OBJECTS.includes(typeOid)) return this.#byFormat("number");
    if (type?.sendFunction === "byteasend") return "Uint8Array";
    if (type?.sendFunction === "hstore_send") {
      return "Readonly<Record<string, string | null>>";
    }
    const isKnown = isBuiltIn(typeOid) ||
      TEXT_SENDERS.includes(type?.sendFunction ?? "");
    return isKnown ? "string" : this.#byFormat("Uint8Array");
  }

  #byFormat(inBinary: string): string {
    this.dependsOnFormat = true;
    return this.#options.binary ? inBinary : "string";
  }

  // Named as in the option `types`.
  #namesOf(type: DescribedType | undefined): string[] {
    if (type === undefined || type.schema === "pg_catalog") return [];
    const element = type.kind === "a"
      ? this.#byOid.get(type.partOid)
      : undefined;
    return [type, element].flatMap((one, i) => {
      if (one === undefined) return [];
      const ending = i === 0 ? "" : "[]";
      return [`${one.schema}.${one.name}${ending}`, `${one.name}${ending}`];
    });
  }
}

const BUILT_IN: ReadonlySet<number> = new Set(Object.values(TYPE_OID));

function isBuiltIn(typeOid: number): boolean {
  return BUILT_IN.has(typeOid);
}

function nest(text: string, times: number): string {
  return times <= 0 ? text : nest(`readonly (${text})[]`, times - 1);
}

/** Returns the type of a parser's result. */
function parsedType(choice: ParserChoice): string {
  return typeof choice === "object"
    ? `ReturnType<typeof ${choice.name}>`
    : NAMED_PARSERS[choice].type;
}

/** Adds `null` to a type that does not include it. */
export function orNull(type: string): string {
  return type === "unknown" ? type : `${type} | null`;
}

/** Makes a text safe to use in a comment. */
export function comment(text: string): string {
  return text.replaceAll("*/", "* /").replace(/[\r\n\u2028\u2029]+/g, " ");
}
