import type { TableFigures } from "./board.ts";
import { formatCount, formatRate } from "./format.ts";

/** A table on the page. */
export interface TableCard {
  /** Its name. */
  readonly name: string;
  /** The current changes per second. */
  readonly rate: string;
  /** The maximum; `null` if there were no changes. */
  readonly peak: string | null;
  /** Changes per second in the last 15 minutes. */
  readonly values: readonly number[];
  /** Inserts, updates and deletes since the start. */
  readonly counts: readonly [string, string, string];
}

const MOST = 12;

/** Describes the tables with the most changes, the busiest first. */
export function tableCards(
  tables: ReadonlyMap<string, TableFigures>,
): TableCard[] {
  const sum = ({ inserts, updates, deletes }: TableFigures) =>
    inserts + updates + deletes;
  return [...tables].sort(([, a], [, b]) => sum(b) - sum(a)).slice(0, MOST)
    .map(([name, { inserts, updates, deletes, rate }]) => {
      const values = rate.values.map((value) => value ?? 0);
      const peak = Math.max(0, ...values);
      return {
        ...{ name, values },
        rate: formatRate(values.at(-1) ?? 0),
        peak: peak === 0 ? null : formatRate(peak),
        counts: [
          formatCount(inserts),
          formatCount(updates),
          formatCount(deletes),
        ],
      };
    });
}
