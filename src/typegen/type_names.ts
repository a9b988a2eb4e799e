// Names that a generated file uses itself, and globals that its types refer to.
const TAKEN = [
  ...["Tables", "RangeValue", "TypedTable", "TypedTables", "Temporal"],
  ...["Array", "Boolean", "Date", "Number", "Object", "Readonly", "Record"],
  ...["String", "Symbol", "Uint8Array", "Function", "Error", "Promise", "Map"],
];

/** Gives each interface of a generated file a unique name. */
export class TypeNames {
  readonly #taken = new Set(TAKEN);

  /**
   * Creates a name from that of a table or a type: `order_items` becomes `OrderItems`. Names
   * in schemas other than `public` are prefixed with the schema.
   *
   * @param named The table or the type.
   * @param ending The suffix to add if the name is taken, before a number is added.
   */
  make(
    { schema, name }: { readonly schema: string; readonly name: string },
    ending: string,
  ): string {
    const prefix = schema === "public" ? "" : `${schema}_`;
    const first = pascalCase(prefix + name) || ending;
    let found = this.#taken.has(first) ? first + ending : first;
    for (let i = 2; this.#taken.has(found); i++) found = first + ending + i;
    this.#taken.add(found);
    return found;
  }
}

function pascalCase(name: string): string {
  const words = name.split(/[^\p{ID_Continue}]+|_+/u).filter(Boolean);
  const joined = words
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
  return /^\p{ID_Start}/u.test(joined) || joined === "" ? joined : `T${joined}`;
}

/**
 * Formats a property's name: a string unless it is an identifier.
 *
 * @param name The name.
 */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== "__proto__"
    ? name
    : JSON.stringify(name);
}
