/** Fails unless a condition holds. */
export function expect(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

/** Fails unless two values have the same JSON. */
export function expectSame(actual: unknown, expected: unknown): void {
  const [found, wanted] = [toJson(actual), toJson(expected)];
  if (found !== wanted) throw new Error(`${found} is not ${wanted}`);
}

// deno-lint-ignore no-explicit-any
type ErrorClass = new (...args: any[]) => Error;

/** Fails unless something fails, with an error of a class and with some words in it. */
export async function expectFailure(
  action: () => Promise<unknown>,
  errorClass: ErrorClass,
  words = "",
): Promise<void> {
  const error = await failureOf(action);
  if (error instanceof errorClass && error.message.includes(words)) return;
  throw new Error(`${errorClass.name} "${words}" was expected`, {
    cause: error,
  });
}

/** What something fails with. */
export async function failureOf(
  action: () => Promise<unknown>,
): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("A failure was expected");
}

/** Asks again and again until the answer is yes. */
export async function eventually(
  question: () => Promise<boolean>,
  what: string,
): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await question()) return;
    await pause(20);
  }
  throw new Error(`Waited in vain: ${what}`);
}

/** A pause between two questions. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, one) => typeof one === "bigint" ? `${one}n` : one,
  );
}
