/** A command line that cannot be followed. The message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
