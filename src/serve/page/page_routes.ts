import type { Sink } from "../../sink/sink.ts";
import type { Subscription } from "../../subscription/views/subscription.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import { isSameOrigin } from "../access/check_host.ts";
import { isSame, TOKEN_COOKIE } from "../access/check_token.ts";
import type { DoctorCache } from "../options/doctor_cache.ts";
import {
  COMMON_HEADERS,
  eventStream,
  jsonResponse,
  refusal,
} from "../http/responses.ts";
import type { ServeOptions } from "../options/serve_options.ts";
import { readBody } from "../http/read_body.ts";
import { Board } from "./board.ts";
import { pageMarkup, tokenMarkup } from "./markup.ts";
import { PageClients } from "./page_clients.ts";
import { type PageView, pageView } from "./page_view.ts";

/** The maximum size of a form with a token, in bytes. */
const TOKEN_BYTES = 4_096;

/** The maximum size of an action, in bytes. A key may be a whole row. */
const ACTION_BYTES = 2 ** 20;

/** The parts of {@linkcode PageRoutes}. */
export interface PageParts {
  /** The subscription. */
  readonly subscription: Subscription;
  /** The delivery; `null` without one. */
  readonly sink: Sink | null;
  /** What to show, and to whom. */
  readonly options: ServeOptions;
  /** Examines the server; `null` without one. */
  readonly doctor: DoctorCache | null;
  /** How long the consumer has not asked for more, in milliseconds; `null` if it waits. */
  readonly busyMs: () => number | null;
  /** The number of clients of `/changes`. */
  readonly clients: () => number;
  /** Called with errors. */
  readonly onProblem: (error: unknown) => void;
}

/** The live page: its views, and its actions. */
export class PageRoutes {
  readonly #parts: PageParts;
  readonly #board: Board;
  readonly #viewers = new PageClients();
  readonly #startedAt: number = Date.now();

  /** @param parts The parts. */
  constructor(parts: PageParts) {
    this.#parts = parts;
    const shown = new Set(parts.options.showValues ?? []);
    this.#board = new Board(
      parts.subscription,
      (table, column) => shown.has(`${table}.${column}`),
    );
  }

  /** Records events that are about to be delivered. */
  observe(events: readonly ReplicationEvent[]): void {
    this.#board.take(events);
  }

  /** Sends the view to all clients. Call it every second. */
  tick(): void {
    this.#board.tick(this.#parts.sink?.report() ?? null);
    if (this.#viewers.size === 0) return;
    this.#viewers.tell(this.view());
    const { doctor, onProblem } = this.#parts;
    doctor?.report().catch(onProblem);
  }

  /** Ends all responses. */
  close(): void {
    this.#viewers.close();
  }

  /** Returns what the page shows now. */
  view(): PageView {
    const { subscription, sink, options, doctor, busyMs, clients } =
      this.#parts;

    return pageView({
      subscription,
      slot: subscription.slotState,
      slotName: options.slotName ?? "",
      source: options.source ?? {},
      sink: sink?.report() ?? null,
      board: this.#board,
      busyMs: busyMs(),
      doctor: doctor?.last ?? null,
      hasDoctor: doctor !== null,
      shownColumns: options.showValues ?? [],
      startedAt: this.#startedAt,
      clients: clients(),
      mayAct: options.token !== undefined,
      hasToken: options.token !== undefined,
    }, Date.now());
  }

  /** Answers `/`. */
  async page(request: Request): Promise<Response> {
    const token = new URL(request.url).searchParams.get("token");
    if (token !== null) return await this.#enter(request, token);
    return htmlResponse(pageMarkup);
  }

  /** Answers `/` to a client that has not sent the token. */
  async locked(request: Request): Promise<Response> {
    const token = new URL(request.url).searchParams.get("token");
    if (token !== null) return await this.#enter(request, token);
    return htmlResponse((nonce) => tokenMarkup(nonce, false), 401);
  }

  /** Answers `/token`, to which the form sends the token. */
  async token(request: Request): Promise<Response> {
    if (!isSameOrigin(request)) return foreign();
    const body = await readBody(request, TOKEN_BYTES);
    if (body === null) return tooLarge(TOKEN_BYTES);
    const token = new URLSearchParams(body).get("token");
    return await this.#enter(request, token ?? "");
  }

  /** Answers `/events`. */
  events(): Response {
    if (this.#viewers.isFull) {
      return refusal(503, "Cannot serve more pages", { "retry-after": "5" });
    }
    const queue = this.#viewers.add();
    this.#board.tick(this.#parts.sink?.report() ?? null);
    this.#viewers.tell(this.view());
    return eventStream(queue.readable);
  }

  /** Answers `/retry` and `/release`. */
  async act(request: Request, action: "retry" | "release"): Promise<Response> {
    const { sink, options } = this.#parts;
    if (!isSameOrigin(request)) return foreign();
    if (options.token === undefined || sink === null) {
      return refusal(
        403,
        `Cannot ${action}: that needs a token, and a delivery`,
      );
    }
    const body = await readBody(request, ACTION_BYTES);
    if (body === null) return tooLarge(ACTION_BYTES);
    const asked = readAction(body);
    if (asked === null) {
      return refusal(400, `Cannot ${action}: expected {"destination", "key"}`);
    }
    const { destination, key } = asked;
    try {
      if (action === "release") {
        return jsonResponse({ released: await sink.release(key, destination) });
      }
      return jsonResponse({ replayed: await sink.replay(key, destination) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return refusal(409, message);
    }
  }

  async #enter(request: Request, token: string): Promise<Response> {
    const { options } = this.#parts;
    const isRight = options.token === undefined ||
      await isSame(token, options.token);
    if (!isRight) {
      return htmlResponse((nonce) => tokenMarkup(nonce, true), 401);
    }
    const isSecure = new URL(request.url).protocol === "https:";
    return new Response(null, {
      status: 303,
      headers: {
        ...COMMON_HEADERS,
        location: "/",
        "set-cookie": `${TOKEN_COOKIE}=${
          encodeURIComponent(token)
        }; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000${
          isSecure ? "; Secure" : ""
        }`,
      },
    });
  }
}

function readAction(
  text: string,
): { readonly destination: string; readonly key: string } | null {
  try {
    const { destination, key } = JSON.parse(text);
    return typeof destination === "string" && typeof key === "string"
      ? { destination, key }
      : null;
  } catch {
    return null;
  }
}

function tooLarge(maxBytes: number): Response {
  return refusal(413, `Cannot read a body of more than ${maxBytes} bytes`);
}

function foreign(): Response {
  return refusal(403, "Cannot act for a page of another site");
}

function htmlResponse(
  write: (nonce: string) => string,
  status = 200,
): Response {
  const nonce = crypto.randomUUID();
  return new Response(write(nonce), {
    status,
    headers: {
      ...COMMON_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; ` +
        "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    },
  });
}
