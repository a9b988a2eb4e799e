import {
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import {
  type Fault,
  type FaultProxy,
  type FaultProxyOptions,
  startFaultProxy,
  throughProxy,
} from "../helpers/fault_proxy.ts";
import { StrictReplica } from "./replica.ts";

/** Soon and often: a test does not wait for a server to recover. */
export const RETRY = { initialDelayMs: 1, maxDelayMs: 40 };

/** What a stream looks like that nothing disturbs. */
export interface Recording {
  /** How many messages of the server come before the stream. */
  readonly framesBeforeStream: number;
  /** How many messages it sends in all. */
  readonly frames: number;
  /** How many bytes of the server come before the stream. */
  readonly bytesBeforeStream: number;
  /** How many bytes it sends in all. */
  readonly bytes: number;
}

/** How to follow the workload's slot. */
export interface FollowOptions extends
  Pick<
    SubscribeOptions,
    "acknowledge" | "acknowledgeMessages" | "until" | "checkpoint"
  > {
  /** The server's URL. */
  readonly url: string;
  /** The slot. */
  readonly slot: string;
}

/**
 * Follows a slot to the end through a proxy, with one subscription.
 *
 * @param options What to follow.
 * @param faults What to do to the links.
 */
export async function follow(
  { url, slot, ...options }: FollowOptions,
  faults: FaultProxyOptions = {},
): Promise<{ replica: StrictReplica; proxy: FaultProxy }> {
  await using proxy = await startFaultProxy(url, faults);
  await using subscription = await subscribe({
    until: "now",
    retry: RETRY,
    ...options,
    connection: throughProxy(url, proxy),
    slot,
    publication: "delivery",
  });
  const replica = new StrictReplica();
  for await (const event of subscription) replica.apply(event);
  return { replica, proxy };
}

/** Follows a slot without disturbing it or moving it on, and says what that took. */
export async function record(url: string, slot: string): Promise<Recording> {
  const { proxy } = await follow({
    ...{ url, slot, acknowledge: "manual", acknowledgeMessages: true },
  });
  const { frameEnds, framesBeforeStream, serverBytes } = proxy.connections[0]!;
  return {
    framesBeforeStream,
    frames: frameEnds.length,
    bytesBeforeStream: frameEnds[framesBeforeStream - 1] ?? 0,
    bytes: serverBytes,
  };
}

/**
 * Follows a slot through cuts, one after the other. Nothing is acknowledged, so each
 * link begins at the same place and can be cut at any other. When all cuts are made, a
 * last link runs to the end.
 *
 * @param options What to follow.
 * @param cuts Where to cut.
 * @param onEvent Told of each event.
 */
export async function followThroughCuts(
  options: FollowOptions,
  cuts: readonly Fault[],
  onEvent: (event: ReplicationEvent) => void = () => {},
): Promise<{ replica: StrictReplica; made: number }> {
  let made = 0;
  let running: () => FaultProxy["connections"] = () => [];
  await using proxy = await startFaultProxy(options.url, {
    fault() {
      // A link that did not get as far (the slot was busy) gets the same fault again.
      if (running().at(-1)?.cut) made++;
      return cuts[made] ?? {};
    },
  });
  running = () => proxy.connections;
  await using subscription = await subscribe({
    acknowledge: "manual",
    acknowledgeMessages: true,
    until: "now",
    retry: RETRY,
    ...options.checkpoint === undefined
      ? {}
      : { checkpoint: options.checkpoint },
    connection: throughProxy(options.url, proxy),
    slot: options.slot,
    publication: "delivery",
  });
  const replica = new StrictReplica();
  for await (const event of subscription) {
    onEvent(event);
    replica.apply(event);
  }
  return { replica, made };
}
