import { withDeadline } from "../deadline.ts";
import { toJson } from "../encode/to_json.ts";
import type { DeliveredEvent } from "../sink/options/deliverable.ts";
import {
  type Delivery,
  type Destination,
  DestinationError,
  type WriteContext,
  type WriteFailure,
} from "../sink/options/destination.ts";
import {
  judgeStatus,
  retryAfterMs,
  type WebhookVerdict,
} from "./judge_response.ts";
import { makeSigner, type Signer } from "./sign.ts";

/** Options for {@linkcode webhook}. */
export interface WebhookOptions {
  /** Where to send to: `https://…`, or `http://…`. Redirects are not followed. */
  readonly url: string | URL;
  /**
   * The secret that the receiver knows, `whsec_` and base64; several while one is exchanged
   * for another, all of which sign.
   */
  readonly secret: string | readonly string[];
  /**
   * Whether a request holds several changes, as `{"changes": […]}`. A receiver has to be made
   * for it.
   *
   * @default {false} one change a request
   */
  readonly batched?: boolean;
  /**
   * Writes a change as JSON.
   *
   * @default {toJson}
   */
  readonly encode?: (event: DeliveredEvent) => string;
  /** More headers, such as `authorization`. @default {{}} */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long to wait for the answer, in milliseconds. @default {15_000} */
  readonly timeoutMs?: number;
  /**
   * Judges an answer, where the status alone does not say it.
   *
   * @default {undefined} 2xx is done; 408, 425, 429 and 5xx are tried again; 3xx, 401, 403,
   * 404, 405 and 410 end the delivery; any other is a refusal
   */
  readonly judge?: (response: Response) => WebhookVerdict;
  /** What the destination is called. @default {undefined} the address, without its query */
  readonly name?: string;
  /** Sends a request. @default {undefined} the platform's `fetch` */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * Sends changes to an address by HTTP, signed as Standard Webhooks says: the header
 * `webhook-id` is the change's version, the same whenever it is sent, so that a receiver can
 * drop what it has. A batch's is made of the first and the last version; each change has its
 * own `version` inside.
 *
 * A time-out, a lost connection, and a status that says so are tried again, not before
 * `Retry-After`. A refused batch is sent in halves, until the change is found that is
 * refused.
 *
 * Source: "Standard Webhooks" (https://www.standardwebhooks.com).
 *
 * @example
 * ```ts
 * import { webhook } from "@walbrook/walbrook/webhook";
 *
 * const destination = webhook({
 *   url: "https://example.com/hook",
 *   secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
 * });
 * console.log(destination.name);
 * ```
 *
 * @param options The address and the secret.
 * @returns The destination, for `deliver()`.
 * @throws {TypeError} If the address is none, or holds a user name or password, which belong
 * into `headers`.
 * @throws {SyntaxError} If the secret has another form.
 */
export function webhook(options: WebhookOptions): Destination<Uint8Array> {
  const url = readUrl(options.url);
  const { secret, batched = false, encode = toJson } = options;
  const signer = makeSigner(typeof secret === "string" ? [secret] : secret);
  const name = options.name ?? `${url.origin}${url.pathname}`;
  const sender = new Sender({ ...options, url, signer, name, batched });
  return {
    name,
    ...batched ? {} : { maxItems: 1 },
    encode: (event) => UTF8.encode(encode(event)),
    sizeOf: (body) => body.length,
    write: (batch, context) => sender.send(batch, context),
  };
}

const UTF8 = new TextEncoder();

function readUrl(text: string | URL): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new TypeError(
      "Cannot send webhooks: the address is no URL; write one such as https://example.com/hook",
      { cause },
    );
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `Cannot send webhooks to an address of "${url.protocol}": expected https: or http:`,
    );
  }
  if (url.username === "" && url.password === "") return url;
  throw new TypeError(
    `Cannot send webhooks to ${url.host} with a user name or password in the address: pass the header "authorization"`,
  );
}

interface SenderOptions extends WebhookOptions {
  readonly url: URL;
  readonly signer: Signer;
  readonly name: string;
  readonly batched: boolean;
}

type Batch = readonly Delivery<Uint8Array>[];

/** What a receiver answered. */
interface Answer {
  readonly verdict: WebhookVerdict;
  readonly words: string;
  readonly retryAfterMs: number;
}

class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  async send(
    batch: Batch,
    context: WriteContext,
  ): Promise<readonly WriteFailure[]> {
    const answer = await this.#post(batch, context);
    switch (answer.verdict) {
      case "done":
        return [];
      case "retry":
        throw new DestinationError(answer.words, {
          retryAfterMs: answer.retryAfterMs,
        });
      case "end":
        throw new DestinationError(answer.words, { retryable: false });
      case "refused":
        return batch.length === 1
          ? [{ index: 0, error: new Error(answer.words), retryable: false }]
          : await this.#halve(batch, context);
    }
  }

  // One of them is refused. What comes behind it with the same key has to wait.
  async #halve(batch: Batch, context: WriteContext): Promise<WriteFailure[]> {
    const failures: WriteFailure[] = [];
    const failed = new Set<string | null>();
    const middle = batch.length >> 1;
    for (const [from, to] of [[0, middle], [middle, batch.length]] as const) {
      const part = batch.slice(from, to)
        .map((delivery, i) => ({ delivery, index: from + i }))
        .filter(({ delivery: { key } }) => !failed.has(key));
      if (part.length === 0) continue;
      const deliveries = part.map(({ delivery }) => delivery);
      for (const failure of await this.#tryPart(deliveries, context)) {
        const { delivery, index } = part[failure.index]!;
        failures.push({ ...failure, index });
        failed.add(delivery.key);
      }
    }
    return failures;
  }

  // What else happens to a half is no reason to send the other one again.
  async #tryPart(
    part: Batch,
    context: WriteContext,
  ): Promise<readonly WriteFailure[]> {
    try {
      return await this.send(part, context);
    } catch (error) {
      if (error instanceof DestinationError && !error.retryable) throw error;
      const afterMs = error instanceof DestinationError
        ? error.retryAfterMs
        : 0;
      return part.map((_, index) => ({
        ...{ index, error, retryable: true, retryAfterMs: afterMs },
      }));
    }
  }

  async #post(batch: Batch, { signal }: WriteContext): Promise<Answer> {
    const { timeoutMs = 15_000, name, fetch = send, judge } = this.#options;
    const timeoutError = () =>
      new DestinationError(`${name} has not answered in ${timeoutMs} ms`, {});
    return await withDeadline(
      { signal, timeoutMs, timeoutError },
      async (signal) => {
        const request = await this.#request(batch, signal);
        const response = await fetch(request);
        const verdict = judge?.(response) ?? judgeStatus(response.status);
        const said = verdict === "done" ? "" : await firstWords(response);
        await response.body?.cancel();
        const after = response.headers.get("retry-after");
        return {
          verdict,
          words: `${name} answered ${response.status || "with a redirect"}${
            said && `: ${said}`
          }`,
          retryAfterMs: retryAfterMs(after, Date.now()),
        };
      },
    );
  }

  async #request(batch: Batch, signal: AbortSignal): Promise<Request> {
    const { url, signer, batched, headers } = this.#options;
    const body = batched ? joined(batch) : batch[0]!.body;
    const id = idOf(batch, batched);
    const timestamp = Math.floor(Date.now() / 1000);
    return new Request(url, {
      method: "POST",
      redirect: "manual",
      signal,
      body: body as Uint8Array<ArrayBuffer>,
      headers: {
        "content-type": "application/json",
        ...headers,
        "webhook-id": id,
        "webhook-timestamp": `${timestamp}`,
        "webhook-signature": await signer.sign(id, timestamp, body),
      },
    });
  }
}

function send(request: Request): Promise<Response> {
  return fetch(request);
}

// Without a full stop, which the signature takes for the end.
function idOf(batch: Batch, batched: boolean): string {
  const first = batch[0]!.id;
  return batched ? `${first}_${batch.at(-1)!.id}_${batch.length}` : first;
}

const HEAD = UTF8.encode('{"changes":[');
const COMMA = UTF8.encode(",");
const TAIL = UTF8.encode("]}");

function joined(batch: Batch): Uint8Array {
  const parts = [HEAD];
  for (const { body } of batch) {
    if (parts.length > 1) parts.push(COMMA);
    parts.push(body as typeof HEAD);
  }
  parts.push(TAIL);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const MOST_WORDS = 200;

// What a receiver says of a refusal, as far as a message has room for it.
async function firstWords(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const { value } = await reader.read();
  reader.releaseLock();
  const text = new TextDecoder().decode(value?.subarray(0, 4 * MOST_WORDS));
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f]+/g, " ").trim().slice(0, MOST_WORDS);
}
