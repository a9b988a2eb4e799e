import type { Pull, PulledSource } from "./pull.ts";
import type { SubscriptionSource } from "./subscription_source.ts";

/**
 * Creates a stream that reads nothing ahead and closes the subscription when cancelled.
 *
 * @param source Delivers the events.
 * @param claim Called before the first read. Throws if the events are already read in another
 * way.
 * @param choose Selects what creates the stream's chunks from the module that is then loaded.
 */
export function streamOf<T>(
  source: SubscriptionSource,
  claim: () => void,
  choose: (streams: typeof import("./pull_sources.ts")) => Pull<T>,
): ReadableStream<T> {
  const underlying = pulledBy(source, claim, choose);
  return new ReadableStream<T>(underlying, { highWaterMark: 0 });
}

/** The source and sink of {@linkcode streamOf}. */
export function pulledBy<T>(
  source: SubscriptionSource,
  claim: () => void,
  choose: (streams: typeof import("./pull_sources.ts")) => Pull<T>,
): PulledSource<T> {
  const load = async () => {
    try {
      pull = choose(await import("./pull_sources.ts"));
      return pull;
    } catch (error) {
      void source.close();
      throw error;
    }
  };
  // Not in start(): in Workers a pipe pulls before that has settled.
  let pull: Pull<T> = (controller) => {
    claim();
    const loaded = load();
    pull = async (controller) => await (await loaded)(controller);
    return pull(controller);
  };
  return {
    pull: (controller) => pull(controller),
    async cancel() {
      claim();
      await source.close();
    },
  };
}
