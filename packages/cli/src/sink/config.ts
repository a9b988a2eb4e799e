import type { SubscribeOptions } from "@walbrook/walbrook";
import type {
  DeliverOptions,
  Destination,
  Route,
} from "@walbrook/walbrook/sink";

/**
 * The configuration of `sink --config FILE`: the source of the changes, and their
 * destinations.
 *
 * @example
 * ```ts
 * import type { SinkConfig } from "@walbrook/cli";
 *
 * const config: SinkConfig = {
 *   subscribe: { slot: { name: "hooks", create: true }, publication: "shop" },
 *   to: { name: "none", write: () => Promise.resolve() },
 * };
 * console.log(config.subscribe.publication);
 * ```
 */
export interface SinkConfig {
  /**
   * The subscription. Its `connection` is used if the command line contains none. Changes are
   * acknowledged once they are durable.
   */
  readonly subscribe: Omit<
    SubscribeOptions,
    "acknowledge" | "signal" | "until"
  >;
  /** The destination, or several with their own options. */
  readonly to: Destination | readonly Route[];
  /**
   * How to deliver.
   *
   * @default {{}}
   */
  readonly options?: Omit<DeliverOptions, "events" | "signal">;
}

/**
 * The destinations passed to a configuration: those of the program itself. A configuration
 * that is a function needs no package.
 */
export interface SinkLibrary {
  /** `webhook()` of `@walbrook/walbrook/webhook`. */
  readonly webhook: typeof import("@walbrook/walbrook/webhook").webhook;
  /** `ndjsonFiles()` of `@walbrook/walbrook/files`. */
  readonly ndjsonFiles: typeof import("@walbrook/walbrook/files").ndjsonFiles;
  /** `fileDeadLetters()` of `@walbrook/walbrook/files`. */
  readonly fileDeadLetters:
    typeof import("@walbrook/walbrook/files").fileDeadLetters;
  /** `applyToPostgres()` of `@walbrook/walbrook/apply`. */
  readonly applyToPostgres:
    typeof import("@walbrook/walbrook/apply").applyToPostgres;
  /** `applyToSqlite()` of `@walbrook/walbrook/apply`. */
  readonly applyToSqlite:
    typeof import("@walbrook/walbrook/apply").applyToSqlite;
  /** `DestinationError` of `@walbrook/walbrook/sink`. */
  readonly DestinationError:
    typeof import("@walbrook/walbrook/sink").DestinationError;
  /** The stages of `@walbrook/walbrook/stages`. */
  readonly stages: typeof import("@walbrook/walbrook/stages");
  /** `UNCHANGED` of `@walbrook/walbrook`. */
  readonly UNCHANGED: typeof import("@walbrook/walbrook").UNCHANGED;
}

/**
 * The default export of the file of `sink --config FILE`.
 *
 * @example
 * ```ts
 * import type { SinkConfigModule } from "@walbrook/cli";
 *
 * const config: SinkConfigModule = ({ webhook }) => ({
 *   subscribe: { slot: { name: "hooks", create: true }, publication: "shop" },
 *   to: webhook({
 *     url: "https://example.com/hook",
 *     secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
 *   }),
 * });
 * console.log(typeof config);
 * ```
 */
export type SinkConfigModule =
  | SinkConfig
  | ((library: SinkLibrary) => SinkConfig | Promise<SinkConfig>);
