/**
 * Sets a property of an object, whatever its name: plain assignment to `__proto__` would set
 * the object's prototype and lose the value.
 */
export function setOwnProperty(
  object: Record<string, unknown>,
  name: string,
  value: unknown,
): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    object[name] = value;
  }
}
