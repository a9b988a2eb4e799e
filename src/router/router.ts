import type {
  RelationEvent,
  ReplicationEvent,
  TruncateEvent,
} from "../events/event.ts";
import type { RowEvent } from "../encode/row_key.ts";
import { tableName } from "../events/table_name.ts";
import type {
  AnyTables,
  KeyColumnsOf,
  RowOf,
  TableNames,
  ToastedColumnsOf,
} from "../events/typed_table.ts";
import type { DeliveredKind } from "../sink/options/deliverable.ts";
import {
  type Delivery,
  type Destination,
  DestinationError,
  type WriteContext,
  type WriteFailure,
} from "../sink/options/destination.ts";
import type { Handled, Handlers, TableTruncate } from "./handlers.ts";
import { RouteError } from "./route_error.ts";
import { makeEvent } from "./make_event.ts";
import { RowError } from "./row_error.ts";
import {
  missingColumns,
  type SchemaChange,
  SchemaChangeError,
  schemaChangeOf,
} from "./schema_change.ts";
import type { RowReader, Table, TableShape } from "./table.ts";

/** What to do if a table no longer matches the program. */
export type SchemaChangePolicy = "stop" | "continue";

/** Options for a {@linkcode Router}. */
export interface RouterOptions {
  /**
   * Its name as a destination of `deliver()`.
   *
   * @default {"router"}
   */
  readonly name?: string;
  /**
   * What the program knows about its tables, by name: the constant `tables` of a generated
   * file. Each table is compared with it when the stream describes it for the first time, so
   * that changes made while the program was not running are noticed too.
   *
   * @default {{}} only changes in the stream are noticed
   */
  readonly tables?: Readonly<Record<string, TableShape>>;
  /**
   * What to do if a table with handlers changes in a way that matters to them: see {@linkcode
   * schemaChangeOf}. A function receives the change and decides.
   *
   * - `"stop"`: a {@linkcode SchemaChangeError}.
   * - `"continue"`: the handlers continue. Reading a column that no longer exists throws a
   *   {@linkcode RowError}; it is never silently `undefined`.
   *
   * @default {"stop"}
   */
  readonly onSchemaChange?:
    | SchemaChangePolicy
    | ((
      change: SchemaChange,
    ) => SchemaChangePolicy | Promise<SchemaChangePolicy>);
}

type RowKind = RowEvent["kind"];

interface Route {
  readonly name: string;
  readonly shape: TableShape;
  readonly reader: RowReader | null;
  readonly handlers:
    & {
      readonly [Kind in RowKind]?: (event: RowEvent) => Handled;
    }
    & { readonly truncate?: (event: TableTruncate) => Handled };
  // The columns that the program may read and that no longer exist.
  missing: ReadonlySet<string>;
}

/**
 * Calls a handler for each change, by table and kind, with rows of the table's type. Handlers
 * are awaited in the order of the events.
 *
 * There are three ways to use it: in a loop, with {@linkcode Router.handle}; in a pipe, with
 * {@linkcode Router.stage}; or as a destination of `deliver()`, which calls handlers of
 * different keys at the same time, retries failures, and acknowledges what is done.
 *
 * @example
 * ```ts
 * import { Router, table } from "@walbrook/walbrook/router";
 *
 * const cache = new Map<bigint, string>();
 * const orders = table<{ id: bigint; total: string }>()("public.orders", "id");
 * const router = new Router().on(orders, {
 *   insert({ newRow }) {
 *     cache.set(newRow.id, newRow.total);
 *   },
 *   update({ newRow }) {
 *     cache.delete(newRow.id);
 *   },
 *   delete({ key }) {
 *     if (key) cache.delete(key.id);
 *   },
 *   truncate: () => cache.clear(),
 * });
 * console.log(router.name);
 * ```
 *
 * @typeParam Tables The tables that the program knows, for handlers by name; see `EventOf`.
 */
export class Router<Tables = AnyTables> implements Destination {
  /** Its name in reports and errors. */
  readonly name: string;
  readonly #options: RouterOptions;
  readonly #routes = new Map<string, Route>();

  /**
   * Creates a router without handlers.
   *
   * @param options The name, and what to do when tables change.
   */
  constructor(options: RouterOptions = {}) {
    this.#options = options;
    this.name = options.name ?? "router";
  }

  /**
   * Registers the handlers of a table, by its name or its declaration with {@linkcode table}.
   *
   * @param table The table.
   * @param handlers The handlers.
   * @throws {TypeError} If the table already has handlers.
   */
  on<R, Key, Toasted>(
    table: Table<R, Key, Toasted>,
    handlers: Handlers<string, R, Key, Toasted>,
  ): this;
  /**
   * Registers the handlers of a table that `Tables` lists, by its name.
   *
   * @param table The table's name, as in `event.table`.
   * @param handlers The handlers.
   * @throws {TypeError} If the table already has handlers.
   */
  on<const Name extends TableNames<Tables>>(
    table: Name,
    handlers: Handlers<
      Name,
      RowOf<Tables[Name]>,
      KeyColumnsOf<Tables[Name]>,
      ToastedColumnsOf<Tables[Name]>
    >,
  ): this;
  on(
    table: string | Omit<Table<unknown>, "~table">,
    handlers: object,
  ): this {
    const { name, shape, reader } = typeof table === "string"
      ? { name: table, shape: {}, reader: null }
      : table;
    if (this.#routes.has(name)) {
      throw new TypeError(
        `Cannot register handlers for ${name}: it already has some`,
      );
    }
    this.#routes.set(name, {
      ...{ name, reader, missing: new Set() },
      shape: { ...this.#options.tables?.[name], ...shape },
      handlers,
    });
    return this;
  }

  /** The kinds of events that it accepts as a destination. */
  get accepts(): readonly DeliveredKind[] {
    const kinds = ["insert", "update", "delete", "read", "truncate"] as const;
    const routes = [...this.#routes.values()];
    const handled = kinds.filter((kind) =>
      routes.some(({ handlers }) => handlers[kind] !== undefined)
    );
    return ["relation", ...handled];
  }

  /**
   * Calls the handler of an event, if there is one.
   *
   * @param event The event.
   * @returns Whether there was one, once it has finished.
   * @throws {RouteError} If the handler failed, or the row does not match its declaration.
   * @throws {SchemaChangeError} If a table has changed, and the policy is to stop.
   */
  async handle(event: ReplicationEvent): Promise<boolean> {
    switch (event.kind) {
      case "insert":
      case "update":
      case "delete":
      case "read":
        return await this.#row(event);
      case "truncate":
        return await this.#truncate(event);
      case "relation":
        await this.#relation(event);
        return false;
      default:
        return false;
    }
  }

  /**
   * Creates a step of a pipe: it handles each event and then passes it on, so that an
   * `AcknowledgeStream` after it acknowledges what was handled.
   */
  stage<Event extends ReplicationEvent = ReplicationEvent>(): TransformStream<
    Event,
    Event
  > {
    return new TransformStream({
      transform: async (event, controller) => {
        await this.handle(event);
        controller.enqueue(event);
      },
    });
  }

  /**
   * Handles a batch: {@linkcode Router} is a destination of `deliver()`.
   *
   * @param batch The deliveries, in order.
   * @param context The signal, which is aborted if nobody waits for the outcome any more.
   * @returns The deliveries that failed. Rows that do not match their declaration, and
   * changes of a table, can't be retried.
   */
  async write(
    batch: readonly Delivery[],
    { signal }: WriteContext,
  ): Promise<readonly WriteFailure[]> {
    const failures: WriteFailure[] = [];
    // What follows a failure with the same key counts as not done.
    const failed = new Set<string | null>();
    for (const [index, { event, key }] of batch.entries()) {
      signal.throwIfAborted();
      if (failed.has(key)) continue;
      try {
        await this.handle(event);
      } catch (error) {
        throwFatal(error);
        failed.add(key);
        failures.push({ index, error, ...retryOf(error) });
      }
    }
    return failures;
  }

  async #row(event: RowEvent): Promise<boolean> {
    const route = this.#routes.get(event.table);
    const handler = route?.handlers[event.kind];
    if (route === undefined || handler === undefined) return false;
    try {
      const made = await makeEvent(event, route);
      if (made === null) return false;
      await handler.call(route.handlers, made);
      return true;
    } catch (error) {
      throw new RouteError(event, event.table, error);
    }
  }

  async #truncate(event: TruncateEvent): Promise<boolean> {
    let isHandled = false;
    for (const relation of event.relations) {
      const table = tableName(relation);
      const handlers = this.#routes.get(table)?.handlers;
      if (handlers?.truncate === undefined) continue;
      try {
        await handlers.truncate({ kind: "truncate", table, relation, event });
        isHandled = true;
      } catch (error) {
        throw new RouteError(event, table, error);
      }
    }
    return isHandled;
  }

  async #relation(event: RelationEvent): Promise<void> {
    const before = event.previous && tableName(event.previous);
    const route = this.#routes.get(before ?? event.table);
    if (route !== undefined) await this.#compare(event, route);
    const other = this.#routes.get(event.table);
    if (other !== undefined && other !== route) {
      // Another table has taken the name.
      await this.#compare({ ...event, changes: [] }, other);
    }
  }

  async #compare(event: RelationEvent, route: Route): Promise<void> {
    const change = schemaChangeOf(event, route.shape, route.name);
    const { onSchemaChange = "stop" } = this.#options;
    if (change !== null) {
      const policy = typeof onSchemaChange === "function"
        ? await onSchemaChange(change)
        : onSchemaChange;
      if (policy !== "continue") throw new SchemaChangeError(change);
    }
    const none = { differences: [], relation: event.relation };
    route.missing = missingColumns(
      change ?? { kind: "schemaChange", table: "", previous: null, ...none },
      route.missing,
    );
  }
}

// A handler that says that nothing can be handled any more.
function throwFatal(error: unknown): void {
  const { cause } = error as { readonly cause?: unknown };
  if (!(cause instanceof DestinationError && cause.fatal)) return;
  throw new DestinationError((error as Error).message, {
    fatal: true,
    cause: error,
  });
}

function retryOf(
  error: unknown,
): Pick<WriteFailure, "retryable" | "retryAfterMs"> {
  if (error instanceof SchemaChangeError) return { retryable: false };
  const { cause } = error as { readonly cause?: unknown };
  if (cause instanceof RowError) return { retryable: false };
  if (cause instanceof DestinationError) {
    const { retryable, retryAfterMs } = cause;
    return { retryable, retryAfterMs };
  }
  return { retryable: true };
}
