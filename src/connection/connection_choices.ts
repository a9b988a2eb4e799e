import { ALL_METHODS } from "./authentication_method.ts";
import type { ConnectionSettings } from "./connection_settings.ts";

/** The options of a connection besides the address and the credentials. */
export type ConnectionChoices = Pick<
  ConnectionSettings,
  | "targetSessionAttrs"
  | "loadBalanceHosts"
  | "requireAuth"
  | "channelBinding"
  | "connectTimeoutMs"
  | "keepAlive"
  | "keepAliveIdleMs"
>;

/** The default options. */
export const DEFAULT_CHOICES: ConnectionChoices = {
  targetSessionAttrs: "any",
  loadBalanceHosts: false,
  requireAuth: ALL_METHODS,
  channelBinding: "prefer",
  connectTimeoutMs: 30_000,
  keepAlive: true,
  keepAliveIdleMs: undefined,
};
