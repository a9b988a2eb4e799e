import type { CommandContext } from "./command.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Announces what is about to happen, and asks for confirmation.
 *
 * @param context The command.
 * @param told The announcement, in lines.
 * @param question The question.
 * @returns Whether to continue.
 * @throws {UsageError} If there is neither `--yes` nor a terminal on which to ask.
 */
export async function confirm(
  { host, args, name }: CommandContext,
  told: readonly string[],
  question: string,
): Promise<boolean> {
  host.tell(told);
  if (args.flag("yes")) return true;
  if (!host.canAsk) {
    throw new UsageError(
      `${name} cannot be taken back: pass --yes where there is no terminal to ask`,
    );
  }
  const isAgreed = await host.ask(question);
  if (!isAgreed && !host.stop.aborted) host.tell(["Nothing was changed"]);
  return isAgreed;
}
