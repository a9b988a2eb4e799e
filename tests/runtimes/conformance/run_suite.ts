import { CANCELLATION } from "./cancellation.ts";
import type { Case, Context, Outcome } from "./context.ts";
import { DELIVERY } from "./delivery.ts";
import { FOLLOWING } from "./follow.ts";
import { SERVING } from "./serving.ts";
import { SLOW_CONSUMERS } from "./slow_consumer.ts";
import { SNAPSHOT } from "./snapshot.ts";
import { SOCKETS } from "./sockets.ts";
import { STREAMING } from "./streaming.ts";
import { TLS } from "./tls.ts";

/** Everything that is asked of a runtime. */
export const SUITE: readonly Case[] = [
  ...FOLLOWING,
  ...SLOW_CONSUMERS,
  ...CANCELLATION,
  ...TLS,
  ...SOCKETS,
  ...STREAMING,
  ...DELIVERY,
  ...SERVING,
  ...SNAPSHOT,
];

/**
 * Runs the suite in the runtime that calls it, or what of it needs no PostgreSQL server.
 *
 * @param context The server, and the library.
 * @param report Told of each outcome.
 */
export async function runSuite(
  context: Context,
  report: (outcome: Outcome) => void,
): Promise<void> {
  for (const one of SUITE) {
    if (context.peersOnly && !one.peersOnly) continue;
    const start = Date.now();
    const outcome = await runCase(one, context);
    report({
      capability: one.capability,
      ...outcome,
      ms: Date.now() - start,
    });
  }
}

async function runCase(
  { missing = {}, run }: Case,
  context: Context,
): Promise<Pick<Outcome, "result" | "detail">> {
  const words = missing[context.runtime];
  try {
    const why = await run(context);
    if (words === undefined && !why) return { result: "yes", detail: "" };
    if (words !== undefined && why) return { result: "no", detail: why };
    return { result: "failed", detail: why ?? `"${words}" was expected` };
  } catch (error) {
    return words !== undefined && error instanceof TypeError &&
        error.message.includes(words)
      ? { result: "no", detail: error.message }
      : { result: "failed", detail: describe(error) };
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `; ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
