import { checkSlotName } from "../replication/quote.ts";

/**
 * The slot of a subscription.
 *
 * @category Options
 */
export interface SlotOptions {
  /** The slot's name: lower-case letters, digits and underscores. */
  readonly name: string;
  /**
   * Whether to create the slot if it does not exist. Everything that commits after that is
   * delivered, and nothing from before. Creation may take long: the server waits for the end
   * of every transaction that is running at that moment, including prepared ones, and reports
   * this only in its log. Only `signal` limits the wait.
   *
   * @default {false}
   */
  readonly create?: boolean;
  /**
   * Whether a slot that is created ends with the subscription. Changes made while no
   * subscription is running are then not delivered.
   *
   * @default {false}
   */
  readonly temporary?: boolean;
  /**
   * Whether to wait while another connection uses the slot, instead of failing: for a new
   * instance that starts before the old one has stopped. It asks at least once a second, so
   * that it takes over about a second after the old one has released the slot. `retry` sets
   * the number of attempts, and shorter delays.
   *
   * @default {false}
   */
  readonly wait?: boolean;
  /**
   * Whether standbys keep a copy of a slot that is created, for use after a failover.
   * Requires PostgreSQL 17 or later.
   *
   * @default {false}
   */
  readonly failover?: boolean;
}

/** The slot's options, whether given as a name or as an object. */
export function slotOptions(slot: string | SlotOptions): SlotOptions {
  const options = typeof slot === "string" ? { name: slot } : slot;
  if (typeof options?.name !== "string" || options.name === "") {
    throw new TypeError(
      'Cannot subscribe: the option slot does not name a replication slot; write slot: "search_indexer" or slot: { name: "search_indexer", create: true }',
    );
  }
  checkSlotName(options.name);
  return options;
}
