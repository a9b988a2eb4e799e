function sameKind(a: object, b: object): boolean {
  return a.constructor === b.constructor ||
    (a.constructor === Object && !b.constructor) ||
    (!a.constructor && b.constructor === Object);
}

function sameMembers(
  a: ReadonlySet<unknown>,
  b: ReadonlySet<unknown>,
  compare: (a: unknown, b: unknown) => boolean,
): boolean {
  if (a.size !== b.size) return false;
  const left = [...b];
  return [...a].every((value) => {
    const at = left.findIndex((other) => compare(value, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/** Tells whether two values have the same structure and content. */
export function equal(c: unknown, d: unknown): boolean {
  const seen = new Map<unknown, unknown>();
  return compare(c, d);

  function compare(a: unknown, b: unknown): boolean {
    if (Object.is(a, b) || a === b) return true;
    if (typeof a !== "object" || typeof b !== "object") return false;
    if (a === null || b === null || !sameKind(a, b)) return false;
    if (a instanceof Date && b instanceof Date) {
      return Object.is(a.getTime(), b.getTime());
    }
    if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
    if (seen.get(a) === b) return true;
    seen.set(a, b);
    if (a instanceof Error && b instanceof Error) {
      if (a.name !== b.name || a.message !== b.message) return false;
    }
    if (a instanceof Set && b instanceof Set) {
      return sameMembers(a, b, compare);
    }
    if (a instanceof Map && b instanceof Map) {
      return sameMembers(new Set(a), new Set(b), compare);
    }
    if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) {
      return compare(new Uint8Array(a), new Uint8Array(b));
    }
    return sameProperties(a, b);
  }

  function sameProperties(a: object, b: object): boolean {
    if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
    const keys = enumerableKeys(a);
    return keys.length === enumerableKeys(b).length &&
      keys.every((key) =>
        Object.hasOwn(b, key) &&
        compare(Reflect.get(a, key), Reflect.get(b, key))
      );
  }
}

function enumerableKeys(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key)
  );
}
