/** The error for an invalid command line. The message gives the reason. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
