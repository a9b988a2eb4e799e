/** A name with its schema. */
export interface QualifiedName {
  /** The schema. */
  readonly schema: string;
  /** The name in it. */
  readonly name: string;
}

const NAME =
  /^(?:(?:"((?:[^"]|"")+)"|([^".]+))\.)?(?:"((?:[^"]|"")+)"|([^".]+))$/;

/**
 * Parses the name of a table or a type: `orders`, `public.orders`, `"a.b".orders`.
 *
 * @param text The name; without a schema it is in `public`.
 * @throws {SyntaxError} If it is not a valid name.
 */
export function parseName(text: string): QualifiedName {
  const match = NAME.exec(text);
  if (match === null) {
    throw new SyntaxError(
      `Cannot read ${
        JSON.stringify(text)
      } as the name of a table or a type: expected "public.orders" or "orders"`,
    );
  }
  const [, quotedSchema, plainSchema, quotedName, plainName] = match;
  return {
    schema: unquote(quotedSchema) ?? plainSchema ?? "public",
    name: unquote(quotedName) ?? plainName ?? "",
  };
}

/** Returns the key under which a name is stored. */
export function nameKey({ schema, name }: QualifiedName): string {
  return JSON.stringify([schema, name]);
}

function unquote(text: string | undefined): string | undefined {
  return text?.replaceAll('""', '"');
}
