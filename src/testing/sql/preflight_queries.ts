import { obstacleQuery } from "../../preflight/binary_obstacle.ts";
import { slotQuery } from "../../preflight/find_slot.ts";
import {
  PUBLICATIONS_QUERY,
  SETTINGS_QUERY,
} from "../../preflight/preflight.ts";
import { formatLsn } from "../../lsn.ts";
import { pinnedTimeouts } from "../../session/pinned_settings.ts";
import { walsenderQuery } from "../../subscription/link/walsender_state.ts";
import { type KnownQuery, rowsOf } from "./answer.ts";
import { readLiteral } from "./statements.ts";
import { NAMES, NUMBER, template, TEXT } from "./template.ts";

/** The name of the only database. */
export const DATABASE = "app";

/**
 * Returns the queries before a stream starts, and those about the walsender while it runs.
 *
 * @param serverMajor The server's major version.
 */
export function preflightQueries(serverMajor: number): readonly KnownQuery[] {
  return [
    {
      pattern: template(SETTINGS_QUERY),
      answer: (_, { settings }) =>
        rowsOf(["logical", "60000", "", settings.get("search_path") ?? ""]),
    },
    {
      pattern: template(pinnedTimeouts(serverMajor)),
      answer: () => rowsOf(["0"]),
    },
    {
      pattern: template(PUBLICATIONS_QUERY),
      answer: (_, { database }) => ({
        kind: "rows",
        width: 1,
        rows: [...database.publications.keys()].map((name) => [name]),
      }),
    },
    {
      pattern: template(slotQuery(TEXT)),
      answer: ([name = ""], { slots }) => {
        const slot = slots.find(readLiteral(name));
        const rows = slot === undefined ? [] : [[
          ...["logical", "pgoutput", DATABASE],
          slot.invalidation === null ? "reserved" : "lost",
          slot.twoPhase ? "t" : "f",
          ...[formatLsn(slot.confirmed), DATABASE],
          serverMajor >= 17 ? slot.invalidation : null,
          serverMajor >= 17 ? "f" : null,
        ]];
        return { kind: "rows", width: 9, rows };
      },
    },
    {
      // All values come as text, which every client accepts.
      pattern: template(obstacleQuery([NAMES], serverMajor)),
      answer: () => ({ kind: "rows", width: 4, rows: [] }),
    },
    {
      pattern: template(walsenderQuery(TEXT, NUMBER)),
      answer: ([name = "", processId], { slots }) => {
        const pid = slots.find(readLiteral(name))?.activePid;
        const isThere = pid !== null && String(pid) === processId;
        return { kind: "rows", width: 1, rows: isThere ? [["Client"]] : [] };
      },
    },
  ];
}
