/**
 * Serves a subscription over HTTP: the rows of tables and their changes as server-sent
 * events, a live page, health, metrics, and an examination of the server.
 *
 * @example
 * ```ts
 * import { subscribe } from "@walbrook/walbrook";
 * import { serve } from "@walbrook/walbrook/serve";
 * import { fakeServer } from "@walbrook/walbrook/testing";
 *
 * const server = fakeServer({
 *   publication: "shop",
 *   tables: { "public.products": { columns: { id: "int" }, primaryKey: "id" } },
 * }); // instead of a database
 * const subscription = await subscribe({
 *   ...server.options,
 *   slot: { name: "live", create: true },
 *   publication: "shop",
 * });
 * const service = serve(subscription, {
 *   authorize: (_request, table) => table === "public.products",
 * });
 * // Deno.serve({ hostname: "127.0.0.1", port: 8080 }, service.fetch);
 * const health = await service.fetch(new Request("http://localhost/health"));
 * console.log(health.status);
 * await service.close();
 * server.close();
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
