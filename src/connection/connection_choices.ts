import { ALL_METHODS } from "./authentication_method.ts";
import type { ConnectionSettings } from "./connection_settings.ts";

/** What there is to choose of a connection besides where it leads and as whom. */
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

/** What holds where nothing else is chosen. */
export const DEFAULT_CHOICES: ConnectionChoices = {
  targetSessionAttrs: "any",
  loadBalanceHosts: false,
  requireAuth: ALL_METHODS,
  channelBinding: "prefer",
  connectTimeoutMs: 30_000,
  keepAlive: true,
  keepAliveIdleMs: undefined,
};
