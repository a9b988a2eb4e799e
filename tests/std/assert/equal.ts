type Compare = (a: unknown, b: unknown) => boolean;

const TypedArray = Object.getPrototypeOf(Uint8Array);

// What tells all of itself as text.
const TEXTUAL: readonly object[] = [RegExp, URL, URLSearchParams].map(
  ({ prototype }) => prototype,
);

/** Tells whether two values have the same structure and content. */
export function equal(c: unknown, d: unknown): boolean {
  const seen = new Map<unknown, unknown>();
  return compare(c, d);

  function compare(a: unknown, b: unknown): boolean {
    if (Object.is(a, b) || a === b) return true;
    if (!isObject(a) || !isObject(b) || !sameKind(a, b)) return false;
    if (a instanceof Date) return Object.is(+a, +(b as Date));
    if (a instanceof TypedArray) {
      return sameElements(a as Uint8Array, b as Uint8Array);
    }
    if (a instanceof ArrayBuffer) {
      return sameElements(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
    }
    if (seen.get(a) === b) return true;
    seen.set(a, b);
    if (Object.keys(a).length !== Object.keys(b).length) return false;
    if (a instanceof Set) return sameMembers(a, b as Set<unknown>, compare);
    if (a instanceof Map) {
      return sameMembers(new Set(a), new Set(b as typeof a), compare);
    }
    if (TEXTUAL.includes(Object.getPrototypeOf(a))) {
      return String(a) === String(b);
    }
    return sameProperties(a, b, compare);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null ||
    typeof value === "function";
}

function sameKind(a: object, b: object): boolean {
  return typeof a === typeof b && kindOf(a) === kindOf(b) &&
    typeof a === "object";
}

function kindOf(value: object): unknown {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function sameElements(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length &&
    a.every((one, at) => one === b[at] || Object.is(one, b[at]));
}

function sameMembers(
  a: ReadonlySet<unknown>,
  b: ReadonlySet<unknown>,
  compare: Compare,
): boolean {
  if (a.size !== b.size) return false;
  const left = [...b];
  return [...a].every((value) => {
    const at = left.findIndex((other) => compare(value, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

// Of an instance all that can be read counts, an error's stack with it.
function sameProperties(a: object, b: object, compare: Compare): boolean {
  const keys = new Set([...keysOf(a), ...keysOf(b)]);
  return [...keys].every((key) =>
    key in a && key in b &&
    compare(Reflect.get(a, key), Reflect.get(b, key))
  );
}

function keysOf(value: object): PropertyKey[] {
  const kind = kindOf(value);
  if (kind === Object.prototype || kind === Array.prototype) {
    return Reflect.ownKeys(value).filter((key) =>
      Object.prototype.propertyIsEnumerable.call(value, key)
    );
  }
  const keys: PropertyKey[] = [];
  for (
    let one: object | null = value;
    one !== null && one !== Object.prototype;
    one = Object.getPrototypeOf(one)
  ) keys.push(...Reflect.ownKeys(one));
  return keys;
}
