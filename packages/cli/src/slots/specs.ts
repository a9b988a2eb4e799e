import { type CommandSpec, CONNECTION, YES } from "../command/command.ts";

const NAME = { name: "NAME" };

const LIST: CommandSpec = {
  name: "slots list",
  summary:
    "Lists the replication slots: what they keep, and when they are lost.",
  operands: [CONNECTION],
  options: [],
  notes: `\
"behind" is how much WAL the consumer has not confirmed, "keeps" how much the server keeps
for it. "lost in" is the time until max_slot_wal_keep_size is reached, at the server's
average rate of WAL since its statistics began; "never" where there is no such limit.`,
  examples: [
    { line: "postgres://app@localhost/shop", text: "All slots of the server" },
    {
      line: "postgres://app@localhost/shop --json",
      text: "The same for a program",
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
Changes of transactions that commit from now on are kept for its consumer. Creating it
waits for transactions that are writing at this moment; Ctrl-C gives up.`,
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
  summary: "Drops a replication slot, and the WAL that it keeps.",
  operands: [NAME, CONNECTION],
  options: [
    { name: "wait", text: "Wait until nobody uses it." },
    YES,
  ],
  examples: [
    {
      line: "search_indexer postgres://app@localhost/shop --yes",
      text: "Without a question",
    },
  ],
  load: async () => (await import("./drop_slot.ts")).dropSlot,
};

const ADVANCE: CommandSpec = {
  name: "slots advance",
  summary: "Moves a slot forward: what lies between is never delivered.",
  operands: [NAME, CONNECTION],
  options: [
    {
      name: "to",
      value: "now|LSN",
      text: "Where to; required. now is the end of WAL.",
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
  summary: "Makes a slot usable again, and tells which changes are missing.",
  operands: [NAME, CONNECTION],
  options: [
    {
      name: "skip-to",
      value: "now|LSN",
      text:
        "Where to go on, for a slot whose next change cannot be delivered, for example because the publication is younger.",
    },
    YES,
  ],
  notes: `\
A slot whose WAL is lost is dropped and created again under its name, with its plugin and
properties. With --skip-to, any other slot is moved past what it cannot deliver. Either way
changes are missing: the command shows the range before it does anything. Copy the tables again
afterwards, or accept the gap. A consumer that stores its own position has to begin at the
end of the gap.

The exit status is 4 when a gap was made.`,
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
