import type { NatsConnection } from "@nats-io/nats-core";

/**
 * Options of nats.js for a connection. All of its options are passed on; these are the most
 * common ones.
 */
export interface NatsConnectOptions {
  /** The servers, as `nats://host:port`; `wss://…` with `wsconnect`. */
  readonly servers?: string | string[];
  /** The user. */
  readonly user?: string;
  /** The password. */
  readonly pass?: string;
  /** A token. */
  readonly token?: string;
  /** The name that the server displays. */
  readonly name?: string;
  /** Everything else. */
  readonly [option: string]: unknown;
}

/**
 * Connects to a server: `connect` of a transport of nats.js, or `wsconnect`. It resolves with
 * a connection of nats.js.
 */
export type Connect = (options: NatsConnectOptions) => Promise<object>;

/** How to reach a server. */
export interface NatsOptions {
  /** The servers, and how to log in: options of nats.js. */
  readonly connection: NatsConnectOptions;
  /**
   * Connects to one of them.
   *
   * @default {undefined} `connect` of `@nats-io/transport-node`, which runs on Deno, Bun and
   * Node. Elsewhere pass `wsconnect` of `@nats-io/nats-core`.
   */
  readonly connect?: Connect;
}

/** Connects according to the options. */
export async function openConnection(
  { connection, connect }: NatsOptions,
  more: NatsConnectOptions,
): Promise<NatsConnection> {
  const open: Connect = connect ??
    (await import("@nats-io/transport-node")).connect;
  return await open({ ...connection, ...more }) as NatsConnection;
}
