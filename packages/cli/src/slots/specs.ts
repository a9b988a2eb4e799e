import { type CommandSpec, CONNECTION, YES } from "../command/command.ts";

const NAME = { name: "NAME" };

const LIST: CommandSpec = {
  name: "slots list",
  summary:
    "Lists the replication slots, the WAL that they retain, and when they are lost.",
  operands: [CONNECTION],
  options: [],
  notes: `\
"behind" is the amount of WAL that the consumer has not confirmed, "keeps" the amount that the
server retains for it. "lost in" is the time until max_slot_wal_keep_size is reached, at the
server's average rate of WAL since its statistics began; "never" means that there is no limit.`,
  examples: [
    { line: "postgres://app@localhost/shop", text: "All slots of the server" },
    {
      line: "postgres://app@localhost/shop --json",
      text: "The same, for another program",
    },
  ],
  load: async () => (await import("./list_slots.ts")).listSlots,
};

const CREATE: CommandSpec = {
  name: "slots create",
  summary: "Creates a logical replication slot.",
  operands: [NAME, CONNECTION],
  options: [
    {
      name: "plugin",
      value: "NAME",
      text: "The output plugin; pgoutput by default.",
    },
    {
      name: "two-phase",
      text: "Deliver transactions when they are prepared (PostgreSQL 15).",
    },
    {
      name: "failover",
      text: "Copy the slot to standbys (PostgreSQL 17).",
    },
  ],
  notes: `\
The slot retains the changes of transactions that commit from now on. The command waits for
transactions that are currently writing; Ctrl-C cancels it.`,
  examples: [
    {
      line: "search_indexer postgres://app@localhost/shop",
      text: "A slot for pgoutput",
    },
  ],
  load: async () => (await import("./create_slot.ts")).createSlot,
};

const DROP: CommandSpec = {
  name: "slots drop",
  summary: "Drops a replication slot and the WAL that it retains.",
  operands: [NAME, CONNECTION],
  options: [
    { name: "wait", text: "Wait until the slot is not in use." },
    YES,
  ],
  examples: [
    {
      line: "search_indexer postgres://app@localhost/shop --yes",
      text: "Without confirmation",
    },
  ],
  load: async () => (await import("./drop_slot.ts")).dropSlot,
};

const ADVANCE: CommandSpec = {
  name: "slots advance",
  summary: "Moves a slot forward: skipped changes are never delivered.",
  operands: [NAME, CONNECTION],
  options: [
    {
      name: "to",
      value: "now|LSN",
      text: "The new position; required. now is the end of WAL.",
    },
    YES,
  ],
  examples: [
    {
      line: "search_indexer postgres://app@localhost/shop --to now --yes",
      text: "Skip everything up to now",
    },
  ],
  load: async () => (await import("./advance_slot.ts")).advanceSlot,
};

const REPAIR: CommandSpec = {
  name: "slots repair",
  summary: "Makes a slot usable again, and reports which changes are missing.",
  operands: [NAME, CONNECTION],
  options: [
    {
      name: "skip-to",
      value: "now|LSN",
      text:
        "The position to continue at, for a slot whose next change cannot be delivered, for example because the publication was created later.",
    },
    YES,
  ],
  notes: `\
If the WAL of the slot is lost, the command drops the slot and creates it again with the same
name, plugin and properties. With --skip-to, it moves any other slot past the changes that
cannot be delivered. In both cases changes are missing: the command shows the range before it
does anything. Copy the tables again afterwards, or accept the gap. A consumer that stores its
own position must start at the end of the gap.

The exit status is 4 if changes are missing.`,
  examples: [
    {
      line: "search_indexer postgres://app@localhost/shop --yes",
      text: "Create a lost slot again",
    },
    {
      line: "search_indexer postgres://app@localhost/shop --skip-to now --yes",
      text: "Skip what cannot be delivered",
    },
  ],
  load: async () => (await import("./repair_slot.ts")).repairSlot,
};

/** The definitions of `slots`. */
export const SLOT_COMMANDS: readonly CommandSpec[] = [
  LIST,
  CREATE,
  DROP,
  ADVANCE,
  REPAIR,
];
