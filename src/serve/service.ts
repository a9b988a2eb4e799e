import type { ReplicationEvent } from "../events/event.ts";
import type { Sink } from "../sink/sink.ts";
import type { Subscription } from "../subscription/views/subscription.ts";
import { Hub } from "./changes/hub.ts";
import type { HubFigures } from "./changes/hub_options.ts";
import { Pump } from "./pump.ts";
import { Router } from "./router.ts";
import type { ServeOptions } from "./options/serve_options.ts";

const SECOND_MS = 1_000;

/**
 * A running service. Created by {@linkcode serve}.
 *
 * @example
 * ```ts
 * import type { LiveService } from "@walbrook/walbrook/serve";
 *
 * async function isReady(service: LiveService): Promise<boolean> {
 *   const response = await service.fetch(new Request("http://localhost/ready"));
 *   await response.body?.cancel();
 *   return response.ok;
 * }
 * console.log(isReady.name);
 * ```
 */
export class LiveService implements AsyncDisposable {
  /**
   * Answers a request. It can be used without the object: with `Deno.serve()`, or as the
   * `fetch` of a module for `deno serve`, Bun or Workers.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly #subscription: Subscription;
  readonly #hub: Hub;
  readonly #router: Router;
  readonly #sink: Sink | null;
  readonly #done: Promise<void>;
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  #closing: Promise<void> | null = null;

  /**
   * Created by {@linkcode serve}.
   *
   * @param subscription The source of the changes.
   * @param options What to serve, and to whom.
   * @ignore
   */
  constructor(subscription: Subscription, options: ServeOptions) {
    const { limits = {}, onProblem = () => {} } = options;
    this.#subscription = subscription;
    const hub = this.#hub = new Hub(subscription, {
      ring: {
        bytes: limits.keptBytes ?? 2 ** 26,
        ageMs: limits.keptMs ?? 600_000,
      },
      transactionBytes: limits.transactionBytes ?? 2 ** 25,
      maxClients: limits.clients ?? 10_000,
      maxWaiting: limits.waiting ?? 1_000,
      clientBytes: limits.clientBytes ?? 2 ** 20,
      stallMs: limits.stallMs ?? 30_000,
      onProblem,
    });
    const pump = new Pump(subscription, (events) => this.#take(events));
    this.#sink = options.deliver?.(pump.events) ?? null;
    this.#router = new Router({
      ...{ subscription, hub, options, onProblem },
      busyMs: () => pump.busyMs,
      sink: this.#sink,
    });
    this.fetch = (request) => this.#router.answer(request);
    this.#done = this.#watch(this.#sink?.done ?? pump.drain());
    // The caller that awaits it gets the error.
    this.#done.catch(() => {});
    this.#timers = [
      setInterval(() => {
        hub.check();
        this.#router.tick();
      }, SECOND_MS),
      setInterval(() => hub.keepAlive(), limits.keepaliveMs ?? 15_000),
    ];
  }

  /** Settles at the end of the subscription; rejects with the error that ended it, if any. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** The delivery; `null` without the option `deliver`. */
  get sink(): Sink | null {
    return this.#sink;
  }

  /** The number of clients, and the data waiting for them. */
  get figures(): HubFigures {
    return this.#hub.figures;
  }

  /** Ends all responses, the delivery, and the subscription. Safe to call repeatedly. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /** Closes the service: {@linkcode LiveService.close} for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(events: readonly ReplicationEvent[]): readonly ReplicationEvent[] {
    const rest = this.#hub.take(events);
    this.#router.observe(rest);
    return rest;
  }

  async #watch(work: Promise<void>): Promise<void> {
    try {
      await work;
    } finally {
      this.#end();
    }
  }

  #end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#hub.close();
    this.#router.close();
  }

  async #close(): Promise<void> {
    this.#end();
    if (this.#sink !== null) await this.#sink.close();
    await this.#subscription.close();
    await this.#done.catch(() => {});
  }
}

/**
 * Serves a subscription over HTTP.
 *
 * - `/changes?table=…&where=…`: the rows of a table, then its changes, as server-sent events:
 *   one subscription with one slot for all clients.
 * - `/`: a live page that shows the progress of everything.
 * - `/health`, `/ready`, `/metrics` and `/doctor`.
 *
 * It reads the subscription's events; destinations get them through the option `deliver`. A
 * table that clients watch must have a key, and the subscription must be able to copy tables
 * (`pgoutput`, without `twoPhase`).
 *
 * @example Under Deno, Bun and Workers
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { serve } from "@walbrook/walbrook/serve";
 *
 * const subscription = await subscribe({
 *   connection: "postgres://app@localhost/shop",
 *   slot: { name: "live", create: true },
 *   publication: "shop",
 * });
 * const service = serve(subscription, {
 *   authorize: (request, table) => table === "public.products",
 * });
 * Deno.serve({ hostname: "127.0.0.1", port: 8080 }, service.fetch);
 * ```
 *
 * @param subscription The subscription, whose events must not be read elsewhere.
 * @param options What to serve, and to whom.
 * @returns The service; its `fetch` answers requests.
 */
export function serve(
  subscription: Subscription,
  options: ServeOptions = {},
): LiveService {
  return new LiveService(subscription, options);
}
