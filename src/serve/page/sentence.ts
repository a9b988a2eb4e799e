import { PostgresError } from "../../errors.ts";
import type { Gap } from "../../events/gap.ts";
import type { SinkReport } from "../../sink/report.ts";
import type { SlotState } from "../../subscription/progress/slot_state.ts";
import type { SubscriptionStatus } from "../../subscription/views/status.ts";
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
} from "./format.ts";

/** The level of the page's state. */
export type Level = "ok" | "warn" | "bad" | "old";

/** The page's state, the worst first. */
export type PageState =
  | "closed"
  | "gap"
  | "danger"
  | "stuck"
  | "reconnecting"
  | "behind"
  | "parked"
  | "empty"
  | "streaming";

/** A part of a text: plain, code, or a link to a part of the page. */
export type TextPart =
  | string
  | { readonly code: string }
  | { readonly link: string; readonly text: string };

/** The sentence at the top of the page. */
export interface Sentence {
  /** The state. */
  readonly state: PageState;
  /** The level. */
  readonly level: Level;
  /** The beginning, which names the state. */
  readonly emphasis: string;
  /** The rest. */
  readonly rest: string;
  /** What it means, and who must act. */
  readonly detail: readonly TextPart[];
}

/** A gap, and when it was noticed. */
export interface NoticedGap {
  /** The gap. */
  readonly gap: Pick<Gap, "reason" | "from" | "to">;
  /** The time, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
}

/** The facts from which the sentence is made. */
export interface SentenceFacts {
  /** The subscription's state. */
  readonly status: SubscriptionStatus;
  /** The slot's name. */
  readonly slotName: string;
  /** The lag, in milliseconds. */
  readonly lagMs: number;
  /** The lag a minute ago; `null` if unknown. */
  readonly lagMsBefore: number | null;
  /** How long the link has been down, in milliseconds; `null` while it is up. */
  readonly downMs: number | null;
  /** For how long the consumer has not asked for more, in milliseconds; `null` if it waits. */
  readonly busyMs: number | null;
  /** The transaction that the consumer is in; `null` if unknown. */
  readonly busyXid: number | null;
  /** The slot, as of the last query. */
  readonly slot: SlotState | null;
  /** The delivery; `null` without one. */
  readonly sink: SinkReport | null;
  /** The last gap; `null` if there was none. */
  readonly gap: NoticedGap | null;
  /** Whether any row has changed. */
  readonly hasChanged: boolean;
}

/** The lag from which the subscription counts as behind. */
const BEHIND_MS = 10_000;
/** The time after which a consumer that does not ask for more counts as stuck. */
const STUCK_MS = 60_000;
/** The time to loss below which the slot counts as in danger. */
const DANGER_MS = 3_600_000;

/** Determines the worst state that applies, and describes it. */
export function sentenceOf(facts: SentenceFacts): Sentence {
  return closed(facts) ?? gap(facts) ?? danger(facts) ?? stuck(facts) ??
    reconnecting(facts) ?? behind(facts) ?? parked(facts) ??
    empty(facts) ?? streaming(facts);
}

type Maybe = Sentence | null;

function closed({ status }: SentenceFacts): Maybe {
  if (status.state !== "closed") return null;
  return {
    ...{ state: "closed", level: "bad" },
    emphasis: "Stopped:",
    rest: " the subscription is over.",
    detail: ["Nothing is received any more. Start the process again; ", {
      code: "/health",
    }, " asks for that too."],
  };
}

function gap({ gap, status }: SentenceFacts): Maybe {
  if (gap === null) return null;
  const now = status.state === "streaming" ? " Streaming again." : "";
  return {
    ...{ state: "gap", level: "bad" },
    emphasis: "Changes were lost",
    rest: ` before ${formatClock(gap.time)}.${now}`,
    detail: [
      "The server no longer had ",
      gap.gap.to === null
        ? "log"
        : formatBytes(gap.gap.to - gap.gap.from) + " of log",
      " (",
      { code: gap.gap.reason },
      "). Destinations are stale where rows changed then: copy the tables again (",
      { link: "#doctor", text: "Doctor" },
      ").",
    ],
  };
}

function danger({ slot, slotName }: SentenceFacts): Maybe {
  const status = slot?.walStatus ?? null;
  const isLost = status === "lost";
  const loss = slot?.lossInMs ?? null;
  const isNear = status === "unreserved" || (loss !== null && loss < DANGER_MS);
  if (slot === null || (!isLost && !isNear)) return null;
  if (isLost) {
    return {
      ...{ state: "danger", level: "bad" },
      emphasis: "Slot lost:",
      rest: " the server has dropped log that was not read.",
      detail: ["Slot ", { code: slotName }, " can't be used any more (", {
        link: "#doctor",
        text: "Doctor",
      }, ")."],
    };
  }
  return {
    ...{ state: "danger", level: "bad" },
    emphasis: "Slot in danger:",
    rest: loss === null
      ? " the log is about to be lost."
      : ` at this rate the log is lost in ${formatDuration(loss)}.`,
    detail: [
      ...keeps(slot, slotName),
      " Bring back what does not confirm, or raise ",
      { code: "max_slot_wal_keep_size" },
      " now (",
      { link: "#doctor", text: "Doctor" },
      ").",
    ],
  };
}

function stuck(
  { busyMs, busyXid, slot, slotName }: SentenceFacts,
): Maybe {
  if (busyMs === null || busyMs < STUCK_MS) return null;
  const where = busyXid === null
    ? "has not asked for more"
    : `has been inside transaction ${busyXid}`;
  return {
    ...{ state: "stuck", level: "warn" },
    emphasis: "Stuck:",
    rest: ` the consumer ${where} for ${formatDuration(busyMs)}.`,
    detail: [
      "Until it asks for the next changes, nothing more is confirmed. ",
      ...keeps(slot, slotName),
    ],
  };
}

function reconnecting({ status, downMs }: SentenceFacts): Maybe {
  if (status.state !== "retrying" && status.state !== "connecting") return null;
  const without = downMs === null
    ? ""
    : ` Without a link for ${formatDuration(downMs)}.`;
  if (status.state === "connecting") {
    return {
      ...{ state: "reconnecting", level: "warn" },
      emphasis: "Connecting.",
      rest: without,
      detail: ["The slot keeps the log meanwhile; nothing is lost."],
    };
  }
  const { error, failures, delayMs } = status;
  return {
    ...{ state: "reconnecting", level: "warn" },
    emphasis: "Reconnecting:",
    rest: ` attempt ${failures + 1}${
      delayMs < 1_000 ? "" : ` within ${formatDuration(delayMs)}`
    }.${without}`,
    detail: [
      ...(error instanceof PostgresError ? [{ code: error.code }, " "] : []),
      `${messageOf(error)}. The slot keeps the log meanwhile; nothing is lost.`,
    ],
  };
}

function behind(
  { lagMs, lagMsBefore, slot, slotName, sink }: SentenceFacts,
): Maybe {
  if (lagMs < BEHIND_MS) return null;
  const gained = lagMsBefore === null ? 0 : lagMsBefore - lagMs;
  const rest = gained > 1_000
    ? `, and catching up: level in about ${
      formatDuration(lagMs / gained * 60_000)
    }.`
    : ".";
  const slowest =
    [...sink?.destinations ?? []].sort((a, b) =>
      (b.oldestPendingMs ?? 0) - (a.oldestPendingMs ?? 0)
    )[0];
  return {
    ...{ state: "behind", level: "warn" },
    emphasis: "Behind",
    rest: ` by ${formatDuration(lagMs)}${rest}`,
    detail: [
      ...slowest === undefined || slowest.pending === 0
        ? []
        : [`${slowest.name} is the slowest. `],
      ...keeps(slot, slotName),
    ],
  };
}

function parked({ sink, lagMs }: SentenceFacts): Maybe {
  const with_ = (sink?.destinations ?? []).filter(({ parkedKeys }) =>
    parkedKeys.length > 0
  );
  if (with_.length === 0) return null;
  const keys = with_.reduce((sum, one) => sum + one.parkedKeys.length, 0);
  const letters = with_.reduce((sum, one) => sum + one.deadLetters, 0);
  return {
    ...{ state: "parked", level: "warn" },
    emphasis: keys === 1 ? "1 key is parked;" : `${keys} keys are parked;`,
    rest: ` all else streams, ${formatDuration(lagMs)} behind.`,
    detail: [
      `${with_.map(({ name }) => name).join(", ")} refused ${
        letters === 1 ? "1 change" : `${formatCount(letters)} changes`
      }. They are safe among the dead letters; `,
      { link: "#destinations", text: "their keys wait for you" },
      ".",
    ],
  };
}

function empty({ hasChanged, slot, slotName }: SentenceFacts): Maybe {
  if (hasChanged) return null;
  return {
    ...{ state: "empty", level: "ok" },
    emphasis: "Streaming.",
    rest: " Nothing has changed yet.",
    detail: [
      "No published row has changed since the start. ",
      ...keeps(slot, slotName),
    ],
  };
}

function streaming({ lagMs, slot, slotName }: SentenceFacts): Sentence {
  return {
    ...{ state: "streaming", level: "ok" },
    emphasis: "Streaming",
    rest: `, ${formatDuration(lagMs)} behind.`,
    detail: keeps(slot, slotName),
  };
}

/** Describes what a slot retains, and how long that lasts. */
function keeps(slot: SlotState | null, name: string): TextPart[] {
  if (slot === null || slot.retainedBytes === null) return [];
  const limit = slot.safeBytes === null
    ? ""
    : ` of ${formatBytes(slot.retainedBytes + slot.safeBytes)}`;
  const loss = slot.lossInMs === null || slot.lossInMs === Infinity
    ? "."
    : `; if stopped now it would be lost in ${formatDuration(slot.lossInMs)}.`;
  return [
    "Slot ",
    { code: name },
    ` keeps ${formatBytes(slot.retainedBytes)}${limit}${loss}`,
  ];
}

/** The message of an error, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
