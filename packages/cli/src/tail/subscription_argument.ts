import type { SubscribeOptions } from "@walbrook/walbrook";
import type { CommandContext } from "../command/command.ts";
import { listOf } from "../command/parse_arguments.ts";
import { requireConnection } from "../database/connection_argument.ts";
import { describeStatus } from "./connection_lines.ts";
import { requireSlotAndPublication } from "./missing_options.ts";

/** The subscription that a command line specifies. */
export interface SubscriptionArgument {
  /** The connection; `undefined` for that of the environment. */
  readonly connection: string | undefined;
  /** The slot's name. */
  readonly slot: string;
  /** Whether the slot is created if it does not exist. */
  readonly createsSlot: boolean;
  /** The publications. */
  readonly publication: readonly string[];
  /** The options for `subscribe()`. */
  readonly options: SubscribeOptions;
}

/**
 * Parses `CONNECTION`, `--slot`, `--publication`, `--create-slot` and `--temporary`.
 *
 * @param context The command, which reports on the connection.
 * @param operand The index of the operand with the connection.
 * @param purpose A word for the name of a temporary slot.
 * @throws {UsageError} If slot or publication is missing; the message names the existing
 * ones.
 */
export async function readSubscription(
  { args, host, name }: CommandContext,
  operand: string | undefined,
  purpose: string,
): Promise<SubscriptionArgument> {
  const connection = requireConnection(operand, host.variable);
  const publications = listOf([args.value("publication") ?? ""]);
  const temporary = args.flag("temporary");
  await requireSlotAndPublication(connection, {
    slot: args.value("slot"),
    ...{ temporary, publications, plugin: "pgoutput" },
  }, host.stop);
  const slot = args.value("slot") ?? `walbrook_${purpose}_${host.processId}`;
  const createsSlot = args.flag("create-slot") || temporary;
  return {
    ...{ connection, slot, createsSlot, publication: publications },
    options: {
      ...connection === undefined ? {} : { connection },
      slot: { name: slot, create: createsSlot, temporary },
      publication: publications,
      onStatus: (status) =>
        host.tell([describeStatus(status, name) ?? []].flat()),
    },
  };
}
