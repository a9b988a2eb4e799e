import { checkSlotName } from "../replication/quote.ts";

/** The slot of a subscription. */
export interface SlotOptions {
  /** Its name: lower-case letters, digits and underscores. */
  readonly name: string;
  /**
   * Whether to create it if it does not exist. Everything that commits after that is
   * delivered; nothing from before. The server takes its time: it waits for the end of
   * every transaction that runs at that moment, prepared ones included, and says so in its
   * log only. There is no limit to that but `signal`.
   *
   * @default {false}
   */
  readonly create?: boolean;
  /**
   * Whether the slot to create ends with the subscription. Changes made while no
   * subscription runs are then not delivered.
   *
   * @default {false}
   */
  readonly temporary?: boolean;
  /**
   * Whether to wait where another connection uses the slot, instead of failing: for a new
   * instance that starts before the old one has stopped. How often it tries, and how many
   * times, `retry` says.
   *
   * @default {false}
   */
  readonly wait?: boolean;
  /**
   * Whether standbys keep a copy of the slot to create, for after a failover.
   * PostgreSQL 17 and later.
   *
   * @default {false}
   */
  readonly failover?: boolean;
}

/** The slot's options, whichever way they were given. */
export function slotOptions(slot: string | SlotOptions): SlotOptions {
  const options = typeof slot === "string" ? { name: slot } : slot;
  if (typeof options?.name !== "string" || options.name === "") {
    throw new TypeError(
      'Cannot subscribe: the option slot names no replication slot; write slot: "search_indexer" or slot: { name: "search_indexer", create: true }',
    );
  }
  checkSlotName(options.name);
  return options;
}
