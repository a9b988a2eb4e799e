import { type Lsn, parseLsn } from "../../lsn.ts";

/** A command of a walsender. */
export type ReplicationCommand =
  | { readonly kind: "identifySystem" }
  | { readonly kind: "show"; readonly name: string }
  | {
    readonly kind: "createSlot";
    readonly name: string;
    readonly isTemporary: boolean;
    readonly plugin: string;
    readonly twoPhase: boolean;
  }
  | { readonly kind: "dropSlot"; readonly name: string }
  | {
    readonly kind: "start";
    readonly slot: string;
    readonly start: Lsn;
    readonly options: ReadonlyMap<string, string>;
  };

const NAME = '"([^"]+)"';
const CREATE = new RegExp(
  `^CREATE_REPLICATION_SLOT ${NAME}( TEMPORARY)? LOGICAL ${NAME}(.*)$`,
);
const DROP = new RegExp(`^DROP_REPLICATION_SLOT ${NAME}(?: WAIT)?$`);
const START = new RegExp(
  `^START_REPLICATION SLOT ${NAME} LOGICAL ([\\dA-F]+/[\\dA-F]+)(?: \\((.*)\\))?$`,
  "s",
);
const OPTION = /"([^"]+)" '((?:[^']|'')*)'/g;

/**
 * Parses a command of the replication protocol. Source: the manual, "Streaming Replication
 * Protocol".
 *
 * @returns The command; `null` if it is SQL, or not supported by the fake server.
 */
export function readReplicationCommand(
  text: string,
): ReplicationCommand | null {
  if (text === "IDENTIFY_SYSTEM") return { kind: "identifySystem" };
  const show = /^SHOW ([\w.]+)$/.exec(text);
  if (show !== null) return { kind: "show", name: show[1] ?? "" };
  const create = CREATE.exec(text);
  if (create !== null) {
    const [, name = "", temporary, plugin = "", rest = ""] = create;
    return {
      ...{ kind: "createSlot", name, plugin },
      isTemporary: temporary !== undefined,
      twoPhase: rest.includes("TWO_PHASE"),
    };
  }
  const drop = DROP.exec(text);
  if (drop !== null) return { kind: "dropSlot", name: drop[1] ?? "" };
  const start = START.exec(text);
  if (start === null) return null;
  const [, slot = "", position = "", list = ""] = start;
  const options = [...list.matchAll(OPTION)].map(([, name = "", value = ""]) =>
    [name, value.replaceAll("''", "'")] as const
  );
  return {
    ...{ kind: "start", slot, start: parseLsn(position) },
    options: new Map(options),
  };
}

/** Parses pgoutput's list of publications: quoted names separated by commas. */
export function readPublications(list: string): readonly string[] {
  return [...list.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name = ""]) =>
    name.replaceAll('""', '"')
  );
}
