import type { Pull, PulledSource } from "./pull.ts";
import type { SubscriptionSource } from "./subscription_source.ts";

/**
 * Makes a stream of which nothing is read ahead, and that closes the subscription when it
 * is cancelled.
 *
 * @param source What delivers the events.
 * @param choose Takes what makes the stream's chunks of them, which is loaded for it.
 */
export function streamOf<T>(
  source: SubscriptionSource,
  choose: (streams: typeof import("./pull_sources.ts")) => Pull<T>,
): ReadableStream<T> {
  return new ReadableStream<T>(pulledBy(source, choose), { highWaterMark: 0 });
}

/** What {@linkcode streamOf} makes its stream on. */
export function pulledBy<T>(
  source: SubscriptionSource,
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
    const loaded = load();
    pull = async (controller) => await (await loaded)(controller);
    return pull(controller);
  };
  return {
    pull: (controller) => pull(controller),
    cancel: () => source.close(),
  };
}
