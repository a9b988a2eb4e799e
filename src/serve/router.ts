import { metricsOf } from "../metrics/metrics_of.ts";
import { PROMETHEUS_TYPE, prometheusText } from "../metrics/prometheus_text.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { Sink } from "../sink/sink.ts";
import type { Subscription } from "../subscription/views/subscription.ts";
import type { Authorize } from "./access/authorize.ts";
import { isExpectedHost } from "./access/check_host.ts";
import { showsToken } from "./access/check_token.ts";
import type { Hub } from "./changes/hub.ts";
import { answerChanges } from "./changes_route.ts";
import { health, type HealthAnswer, readiness } from "./http/health.ts";
import { jsonResponse, refusal, textResponse } from "./http/responses.ts";
import { withoutBody } from "./http/without_body.ts";
import type { ServeOptions } from "./options/serve_options.ts";
import { DoctorCache } from "./options/doctor_cache.ts";
import { PageRoutes } from "./page/page_routes.ts";

/** The parts of a {@linkcode Router}. */
export interface RouterParts {
  /** The subscription. */
  readonly subscription: Subscription;
  /** The delivery; `null` without one. */
  readonly sink: Sink | null;
  /** The clients of `/changes`. */
  readonly hub: Hub;
  /** What to serve, and to whom. */
  readonly options: ServeOptions;
  /** How long the consumer has not asked for more, in milliseconds; `null` if it waits. */
  readonly busyMs: () => number | null;
  /** Called with errors. */
  readonly onProblem: (error: unknown) => void;
}

/** Answers requests by path. */
export class Router {
  readonly #parts: RouterParts;
  readonly #doctor: DoctorCache | null;
  readonly #page: PageRoutes;

  /** @param parts The parts. */
  constructor(parts: RouterParts) {
    this.#parts = parts;
    const { doctor } = parts.options;
    this.#doctor = doctor === undefined ? null : new DoctorCache(doctor);
    this.#page = new PageRoutes({
      ...{ ...parts, doctor: this.#doctor },
      clients: () => parts.hub.figures.clients,
    });
  }

  /** Records events that are about to be delivered. */
  observe(events: readonly ReplicationEvent[]): void {
    this.#page.observe(events);
  }

  /** Sends the view to the page's clients. Call it every second. */
  tick(): void {
    this.#page.tick();
  }

  /** Ends all responses. */
  close(): void {
    this.#page.close();
  }

  /** Answers a request. */
  async answer(request: Request): Promise<Response> {
    const { options, onProblem } = this.#parts;
    if (!isExpectedHost(request, options.hosts ?? [])) {
      return refusal(
        421,
        "Cannot answer for this host: add its name to the option hosts",
      );
    }
    const { pathname } = new URL(request.url);
    try {
      const response = await this.#route(request, pathname);
      return request.method === "HEAD" ? await withoutBody(response) : response;
    } catch (error) {
      onProblem(error);
      return refusal(500, "Cannot answer; the server's log says why");
    }
  }

  async #route(request: Request, pathname: string): Promise<Response> {
    const route = Object.hasOwn(this.#routes, pathname)
      ? this.#routes[pathname]
      : undefined;
    if (route === undefined) {
      return refusal(404, `Cannot find ${pathname}`);
    }
    const { method, isOpen, answer } = route;
    const asked = request.method === "HEAD" ? "GET" : request.method;
    if (asked !== method) {
      return refusal(405, `Cannot ${request.method} ${pathname}`, {
        allow: method === "GET" ? "GET, HEAD" : method,
      });
    }
    if (isOpen || await this.#mayUse(request)) return await answer(request);
    return pathname === "/" ? await this.#page.locked(request) : unauthorized();
  }

  async #mayUse(request: Request): Promise<boolean> {
    const { token } = this.#parts.options;
    return token === undefined || await showsToken(request, token);
  }

  readonly #routes: Readonly<Record<string, Route>> = {
    "/": {
      ...{ method: "GET", isOpen: false },
      answer: (request) => this.#page.page(request),
    },
    "/events": {
      ...{ method: "GET", isOpen: false },
      answer: () => this.#page.events(),
    },
    "/token": {
      ...{ method: "POST", isOpen: true },
      answer: (request) => this.#page.token(request),
    },
    "/retry": {
      ...{ method: "POST", isOpen: false },
      answer: (request) => this.#page.act(request, "retry"),
    },
    "/release": {
      ...{ method: "POST", isOpen: false },
      answer: (request) => this.#page.act(request, "release"),
    },
    "/health": {
      ...{ method: "GET", isOpen: true },
      answer: () => healthResponse(health(...this.#states())),
    },
    "/ready": {
      ...{ method: "GET", isOpen: true },
      answer: () => healthResponse(readiness(...this.#states())),
    },
    "/changes": {
      // Permission to read data is separate from permission to operate the service.
      ...{ method: "GET", isOpen: true },
      answer: (request) => this.#changes(request),
    },
    "/metrics": {
      ...{ method: "GET", isOpen: false },
      answer: () => this.#metrics(),
    },
    "/doctor": {
      ...{ method: "GET", isOpen: false },
      answer: () => this.#examine(),
    },
  };

  #states(): Parameters<typeof health> {
    const { subscription, sink } = this.#parts;
    return [subscription.status.state, sink?.report().state ?? null];
  }

  async #changes(request: Request): Promise<Response> {
    const { hub, options, onProblem } = this.#parts;
    const { authorize, token } = options;
    if (authorize === undefined && token === undefined) {
      return refusal(
        403,
        "Cannot watch tables: the service has neither the option authorize nor a token",
      );
    }
    if (authorize === undefined && !await this.#mayUse(request)) {
      return unauthorized();
    }
    const decide: Authorize = authorize ?? (() => true);
    return await answerChanges(request, hub, decide, onProblem);
  }

  #metrics(): Response {
    const { subscription, sink } = this.#parts;
    const metrics = metricsOf(subscription, sink === null ? {} : { sink });
    return textResponse(prometheusText(metrics), PROMETHEUS_TYPE);
  }

  async #examine(): Promise<Response> {
    if (this.#doctor === null) {
      return refusal(
        404,
        "Cannot examine the server: the option doctor is not set",
      );
    }
    return jsonResponse(await this.#doctor.report());
  }
}

interface Route {
  readonly method: string;
  readonly isOpen: boolean;
  readonly answer: (request: Request) => Response | Promise<Response>;
}

function healthResponse({ status, body }: HealthAnswer): Response {
  return jsonResponse(body, status);
}

function unauthorized(): Response {
  return refusal(401, "Cannot answer without the token", {
    "www-authenticate": "Bearer",
  });
}
