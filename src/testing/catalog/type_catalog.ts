import type { FakeType } from "../options/fake_type.ts";
import { builtInType, typeModifier } from "./built_in_types.ts";
import type { ColumnType, DataType } from "./data_type.ts";
import { nameKey, parseName } from "./names.ts";

// A type in SQL: its name, perhaps with a modifier within or after it, and whether it is an
// array.
const TYPE =
  /^(.+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?((?:\s+with(?:out)?\s+time\s+zone)?)\s*((?:\[\d*\])*)$/i;

/** The types that a server knows. */
export class TypeCatalog {
  readonly #nextOid: () => number;
  readonly #byName = new Map<string, DataType>();
  readonly #byOid = new Map<number, DataType>();
  readonly #arrays = new Map<DataType, DataType>();

  /** @param nextOid Returns a unique OID for each object. */
  constructor(nextOid: () => number) {
    this.#nextOid = nextOid;
  }

  /**
   * Adds a type.
   *
   * @param name Its name.
   * @param fake Its definition.
   * @throws {TypeError} If it refers to an unknown type.
   */
  add(name: string, fake: FakeType): void {
    const qualified = parseName(name);
    const arrayOid = this.#nextOid();
    const type = { oid: this.#nextOid(), ...qualified, form: this.#form(fake) };
    this.#byName.set(nameKey(qualified), type);
    this.#byOid.set(type.oid, type);
    this.#addArray(type, arrayOid);
  }

  /**
   * Finds a type.
   *
   * @param sql The type in SQL notation.
   * @throws {TypeError} If it does not exist.
   */
  resolve(sql: string): ColumnType {
    const match = TYPE.exec(sql.trim());
    const [, name = "", first, second, zone = "", dimensions = ""] = match ??
      [];
    const written = `${name}${zone}`.toLowerCase().replaceAll(/\s+/g, " ");
    const own = this.#own(`${name}${zone}`);
    const parameters = [first, second].flatMap((one) =>
      one === undefined ? [] : [Number(one)]
    );
    const type = own ?? this.#builtIn(written);
    // `char` has length 1, `bpchar` any length.
    const isOne = /^char(acter)?$/.test(written) && parameters.length === 0;
    const modifier = type === null
      ? undefined
      : typeModifier(type.name, isOne ? [1] : parameters);
    if (match === null || type === null || modifier === undefined) {
      throw new TypeError(
        `Cannot use the type ${
          JSON.stringify(sql)
        }: the fake server does not know it; define it in the option types, or use another one`,
      );
    }
    if (dimensions === "") return { type, modifier };
    return { type: this.#arrayOf(type), modifier };
  }

  /** Finds a type that was used or added. */
  find(oid: number): DataType | undefined {
    return this.#byOid.get(oid);
  }

  /** Every type that is not built in. */
  own(): readonly DataType[] {
    return [...this.#byOid.values()].filter(({ schema }) =>
      schema !== "pg_catalog"
    );
  }

  #form(fake: FakeType): DataType["form"] {
    if ("enum" in fake) return { kind: "enum", labels: fake.enum };
    if ("domain" in fake) {
      return { kind: "domain", base: this.resolve(fake.domain) };
    }
    const attributes = Object.entries(fake.composite).map(([name, type]) => ({
      name,
      type: this.resolve(type),
    }));
    return { kind: "composite", attributes };
  }

  #own(name: string): DataType | null {
    try {
      return this.#byName.get(nameKey(parseName(name))) ?? null;
    } catch {
      return null;
    }
  }

  #builtIn(name: string): DataType | null {
    const found = builtInType(name.replace(/^pg_catalog\./, ""));
    if (found === null) return null;
    const known = this.#byOid.get(found.oid);
    if (known !== undefined) return known;
    const { oid, name: short, arrayOid } = found;
    const form = { kind: "base" } as const;
    const type = { oid, schema: "pg_catalog", name: short, form };
    this.#byOid.set(oid, type);
    this.#addArray(type, arrayOid);
    return type;
  }

  #addArray(element: DataType, oid: number): void {
    const { schema, name } = element;
    const form = { kind: "array", element } as const;
    const array = { oid, schema, name: `_${name}`, form };
    this.#byOid.set(oid, array);
    this.#arrays.set(element, array);
  }

  #arrayOf(element: DataType): DataType {
    return this.#arrays.get(element)!;
  }
}
