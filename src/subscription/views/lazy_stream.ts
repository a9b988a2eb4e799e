import type { Pull, PulledSource } from "./pull.ts";
import type { SubscriptionSource } from "./subscription_source.ts";

/**
 * Makes a stream of which nothing is read ahead, and that closes the subscription when it
 * is cancelled.
 *
 * @param source Delivers the events.
 * @param claim Called before the first read. It throws if the events are taken elsewhere.
 * @param choose Picks from the module that makes the stream's chunks, which is loaded then.
 */
export function streamOf<T>(
  source: SubscriptionSource,
  claim: () => void,
  choose: (streams: typeof import("./pull_sources.ts")) => Pull<T>,
): ReadableStream<T> {
  const underlying = pulledBy(source, claim, choose);
  return new ReadableStream<T>(underlying, { highWaterMark: 0 });
}

/** What {@linkcode streamOf} makes its stream on. */
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
