/**
 * Serves a subscription over HTTP: the rows of tables and their changes as server-sent
 * events, a live page, health, metrics, and an examination of the server.
 *
 * @example
 * ```ts
 * import { parseFilter } from "@walbrook/walbrook/serve";
 *
 * console.log(parseFilter("status = 'open'").length);
 * ```
 *
 * @module
 */
export { LiveService, serve } from "./service.ts";
export type {
  ServedSource,
  ServeLimits,
  ServeOptions,
} from "./options/serve_options.ts";
export type { Access, Authorize } from "./access/authorize.ts";
export { showsToken } from "./access/check_token.ts";
export {
  nodeListener,
  type NodeRequest,
  type NodeResponse,
} from "./http/node_listener.ts";
export type { HubFigures } from "./changes/hub_options.ts";
export {
  bindFilter,
  type BoundFilter,
  type Matches,
} from "./filter/bind_filter.ts";
export {
  type Condition,
  type Filter,
  type FilterOperator,
  parseFilter,
} from "./filter/parse_filter.ts";
