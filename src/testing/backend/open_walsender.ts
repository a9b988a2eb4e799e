import { Decoding } from "../pgoutput/decoding.ts";
import { ServerError } from "../store/slots.ts";
import type { Instance } from "./instance.ts";
import {
  readPublications,
  type ReplicationCommand,
} from "./replication_command.ts";
import { Walsender } from "./walsender.ts";

/**
 * Starts streaming from a slot.
 *
 * @param instance The server.
 * @param processId The id of the streaming process.
 * @param command The command.
 * @throws {ServerError} If the server would reject it.
 */
export function openWalsender(
  instance: Instance,
  processId: number,
  { slot: name, start, options }: Extract<
    ReplicationCommand,
    { readonly kind: "start" }
  >,
): Walsender {
  const { database, slots } = instance;
  const slot = slots.get(name);
  if (slot.activePid !== null) {
    throw new ServerError(
      "55006",
      `replication slot "${name}" is active for PID ${slot.activePid}`,
    );
  }
  if (slot.invalidation !== null) {
    const verb = database.major >= 18 ? "access" : "get changes from";
    throw new ServerError(
      "55000",
      `can no longer ${verb} replication slot "${name}"`,
    );
  }
  const publications = readPublications(options.get("publication_names") ?? "");
  const missing = publications.find((one) => !database.publications.has(one));
  if (missing !== undefined) {
    throw new ServerError("42704", `publication "${missing}" does not exist`);
  }
  slot.activePid = processId;
  return new Walsender({
    ...{ log: database.log, slot },
    start: start > slot.confirmed ? start : slot.confirmed,
    decoding: new Decoding({
      major: database.major,
      messages: options.get("messages") === "true",
      withoutOrigin: options.get("origin") === "none",
      isPublished: (table) => database.publishes(publications, table),
    }),
    isHeld: () => instance.isHeld,
    onConfirm: (position) => {
      slots.confirm(slot, position);
      instance.prune();
    },
  });
}
