import type { LaneState } from "../../sink/lanes/lane_state.ts";
import type { LastFailure } from "../../sink/lanes/writer.ts";
import type { DestinationReport } from "../../sink/report.ts";
import {
  formatClock,
  formatCount,
  formatDuration,
  formatRate,
} from "./format.ts";
import { messageOf } from "./sentence.ts";

/** A destination. */
export interface DestinationCard {
  /** Its name. */
  readonly name: string;
  /** How its state is to be taken. */
  readonly level: "ok" | "warn" | "bad" | "old";
  /** Its state, in words. */
  readonly state: string;
  /** A letter for the state of each lane; empty if there are too many lanes. */
  readonly lanes: string;
  /** The same in words. */
  readonly lanesText: string;
  /** Figures: name, value and unit. */
  readonly numbers: readonly (readonly [string, string, string])[];
  /** The last error, and when it was; `null` if there was none. */
  readonly error: { readonly when: string; readonly text: string } | null;
  /** The parked keys, and what is known of each. */
  readonly parked: readonly {
    readonly key: string;
    readonly detail: string;
  }[];
}

/** How many parked keys are shown. */
const MOST_KEYS = 100;

/** More lanes than that are only counted. */
const MOST_LANES = 64;

/** How long a failing destination may take before it counts as down, in milliseconds. */
const DOWN_MS = 5_000;

/**
 * Describes a destination.
 *
 * @param report What is known of it.
 * @param rate How many deliveries a second become durable; `null` if that is not known yet.
 * @param isIdle Whether nothing reaches it, since the link or the consumer stands still.
 */
export function destinationCard(
  report: DestinationReport,
  rate: number | null,
  isIdle: boolean,
): DestinationCard {
  const { name, lastFailure, lanes, parked, writeSeconds } = report;
  const { oldestPendingMs, pending, retries } = report;
  const [level, state] = stateOf(report, isIdle);
  return {
    ...{ name, level, state },
    lanes: lanes.length > MOST_LANES
      ? ""
      : lanes.map((lane) => LETTERS[lane]).join(""),
    lanesText: lanesText(lanes),
    numbers: [
      ["Delivered", rate === null ? "–" : formatRate(rate), "/s"],
      ["Pending", formatCount(pending), ""],
      ["Oldest", ...split(oldestPendingMs)],
      ["Write p50", ...split(milliseconds(writeSeconds.p50))],
      ["p99", ...split(milliseconds(writeSeconds.p99))],
      ["Retries", formatCount(retries), ""],
    ],
    error: lastFailure === null ? null : {
      when: whenOf(lastFailure),
      text: messageOf(lastFailure.error),
    },
    parked: parked.slice(0, MOST_KEYS).map((
      { key, changes, since, error },
    ) => ({
      key,
      detail: `${
        changes === 1 ? "1 change" : `${formatCount(changes)} changes`
      } since ${formatClock(since)}: ${error}`,
    })),
  };
}

const LETTERS: Readonly<Record<LaneState, string>> = {
  idle: ".",
  writing: "w",
  retrying: "r",
  parked: "x",
};

function lanesText(lanes: readonly LaneState[]): string {
  const all = lanes.length === 1 ? "1 lane" : `${lanes.length} lanes`;
  const parts = (["writing", "retrying", "parked"] as const).flatMap(
    (state) => {
      const count = lanes.filter((lane) => lane === state).length;
      return count === 0 ? [] : [`${count} ${state}`];
    },
  );
  return `${all}: ${parts.join(", ") || "idle"}`;
}

function stateOf(
  { delivered, pending, oldestPendingMs, lastFailure, parkedKeys, lanes }:
    DestinationReport,
  isIdle: boolean,
): readonly [DestinationCard["level"], string] {
  const oldest = oldestPendingMs ?? 0;
  if (pending > 0 && lastFailure !== null && oldest > DOWN_MS) {
    return ["bad", `not taking changes for ${formatDuration(oldest)}`];
  }
  if (parkedKeys.length > 0) {
    const parked = parkedKeys.length === 1
      ? "1 key parked"
      : `${formatCount(parkedKeys.length)} keys parked`;
    return ["warn", `${parked}, all other keys continue`];
  }
  if (pending > 0 && oldest > DOWN_MS) {
    const isFull = lanes.every((lane) => lane !== "idle");
    return isFull
      ? ["warn", `slow: ${lanesText(lanes)}`]
      : ["ok", "has changes that wait for a full batch"];
  }
  if (isIdle && pending === 0) return ["old", "idle: nothing comes"];
  if (delivered === 0 && pending === 0) return ["ok", "nothing sent yet"];
  return ["ok", "durable, all well"];
}

function whenOf({ time, attempts, next }: LastFailure): string {
  const times = attempts <= 1 ? "once" : `${formatCount(attempts)} times`;
  const what = next === "retry" ? "" : ", not repeated";
  return `${formatClock(time)}${what} (tried ${times})`;
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1_000;
}

function split(ms: number | null): [string, string] {
  if (ms === null) return ["–", ""];
  if (ms < 10) return [ms.toFixed(1), "ms"];
  if (ms < 1_000) return [formatCount(ms), "ms"];
  if (ms < 60_000) return [formatDuration(ms).replace(/ s$/, ""), "s"];
  return [formatDuration(ms), ""];
}
