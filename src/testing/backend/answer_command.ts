import { formatLsn } from "../../lsn.ts";
import { type Result, rowsOf } from "../sql/answer.ts";
import { DATABASE } from "../sql/preflight_queries.ts";
import { ServerError } from "../store/slots.ts";
import type { Instance } from "./instance.ts";
import type { ReplicationCommand } from "./replication_command.ts";

/** The session of a command. */
export interface CommandSession {
  /** The id of its process. */
  readonly processId: number;
  /** Its settings. */
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * Answers a command of the replication protocol.
 *
 * @throws {ServerError} If the server would reject it.
 */
export function answerCommand(
  { database, slots, systemId }: Instance,
  command: Exclude<ReplicationCommand, { readonly kind: "start" }>,
  { processId, settings }: CommandSession,
): Result {
  const position = formatLsn(database.log.end);
  switch (command.kind) {
    case "identifySystem":
      return rowsOf([systemId, "1", position, DATABASE]);
    case "show":
      return rowsOf([settings.get(command.name) ?? ""]);
    case "createSlot": {
      const { name, plugin, isTemporary, twoPhase } = command;
      if (plugin !== "pgoutput") {
        throw new ServerError(
          "58P01",
          `could not access file "${plugin}": the fake server has pgoutput only`,
        );
      }
      const temporaryOf = isTemporary ? processId : null;
      slots.create({ name, temporaryOf, twoPhase }, database.log.end);
      return rowsOf([name, position, null, plugin]);
    }
    case "dropSlot":
      slots.drop(command.name);
      return { kind: "done", tag: "DROP_REPLICATION_SLOT" };
  }
}
