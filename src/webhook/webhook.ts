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
  /** The address: `https://…`, or `http://…`. Redirects are not followed. */
  readonly url: string | URL;
  /**
   * The secret shared with the receiver, `whsec_` followed by base64; during a rotation
   * several, all of which sign.
   */
  readonly secret: string | readonly string[];
  /**
   * Whether a request contains several changes, as `{"changes": […]}`. The receiver must
   * support that.
   *
   * @default {false} one change per request
   */
  readonly batched?: boolean;
  /**
   * Encodes a change as JSON.
   *
   * @default {toJson}
   */
  readonly encode?: (event: DeliveredEvent) => string;
  /**
   * Additional headers, such as `authorization`.
   *
   * @default {{}}
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How long to wait for the response, in milliseconds.
   *
   * @default {15_000}
   */
  readonly timeoutMs?: number;
  /**
   * Judges a response, if the status alone is not sufficient.
   *
   * @default {undefined} 2xx is done; 408, 425, 429 and 5xx are retried; 3xx, 401, 403, 404,
   * 405 and 410 end the delivery; any other status is a rejection
   */
  readonly judge?: (response: Response) => WebhookVerdict;
  /**
   * The name of the destination, in reports, errors and metrics.
   *
   * @default {undefined} the origin of the address: its path and query may be secret
   */
  readonly name?: string;
  /**
   * Sends a request.
   *
   * @default {undefined} the platform's `fetch`
   */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * Sends changes to an HTTP address, signed according to Standard Webhooks. The header
 * `webhook-id` is the change's version, the same whenever it is sent, so that a receiver can
 * drop duplicates. That of a batch consists of the first and the last version; each change in
 * it has its own `version`.
 *
 * A timeout, a lost connection, and a status that allows it are retried, not before
 * `Retry-After`. `deliver()` splits a rejected batch until the rejected change is found.
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
 * @throws {TypeError} If the address is not a URL, or contains a user name or password, which
 * belong in `headers`.
 * @throws {SyntaxError} If the secret has another format.
 */
export function webhook(options: WebhookOptions): Destination<Uint8Array> {
  const url = readUrl(options.url);
  const { secret, batched = false, encode = toJson } = options;
  const signer = makeSigner(typeof secret === "string" ? [secret] : secret);
  const name = options.name ?? url.origin;
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
      "Cannot send webhooks: the address is not a URL; write one such as https://example.com/hook",
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

/** The response of a receiver. */
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
        throw new DestinationError(answer.words, { fatal: true });
      case "refused":
        throw new DestinationError(answer.words, { retryable: false });
    }
  }

  async #post(batch: Batch, { signal }: WriteContext): Promise<Answer> {
    const { timeoutMs = 15_000, name, fetch = send, judge } = this.#options;
    const timeoutError = () =>
      new DestinationError(`${name} has not answered within ${timeoutMs} ms`);
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

// Without a full stop, with which the signature would end the id.
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

// The receiver's explanation of a rejection, as far as it fits into a message.
async function firstWords(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const { value } = await reader.read();
  reader.releaseLock();
  const text = new TextDecoder().decode(value?.subarray(0, 4 * MOST_WORDS));
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f]+/g, " ").trim().slice(0, MOST_WORDS);
}
