import { Webhook } from "standardwebhooks";

/** The secret of all tests. */
export const SECRET: string = `whsec_${
  btoa("0123456789abcdef0123456789abcdef")
}`;

/** A change as a receiver gets it. */
export interface Received {
  readonly kind: string;
  readonly version: string;
  readonly newRow?: { readonly id: number; readonly n: number };
}

/** What a receiver does with a request. */
export type Behave = (
  changes: readonly Received[],
  request: Request,
) => Response | Promise<Response>;

/** A server that checks each signature with another implementation of the standard. */
export class Receiver implements AsyncDisposable {
  readonly url: string;
  /** The header `webhook-id` of each request. */
  readonly ids: string[] = [];
  badSignatures = 0;
  requests = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(behave: Behave, secret: string = SECRET) {
    const check = new Webhook(secret);
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        this.requests++;
        const body = await request.text();
        this.ids.push(request.headers.get("webhook-id") ?? "");
        try {
          check.verify(body, Object.fromEntries(request.headers));
        } catch {
          this.badSignatures++;
          return new Response("", { status: 500 });
        }
        const parsed = JSON.parse(body);
        return await behave(parsed.changes ?? [parsed], request);
      },
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}/hook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
