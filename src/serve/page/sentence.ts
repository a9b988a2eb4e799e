import { PostgresError } from "../../errors.ts";
import type { DestinationReport, SinkReport } from "../../sink/report.ts";
import type { SlotState } from "../../subscription/progress/slot_state.ts";
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
} from "./format.ts";
import type { Sentence, SentenceFacts, TextPart } from "./sentence_facts.ts";

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
    rest: gap.since === null
      ? ` before ${formatClock(gap.time)}.${now}`
      : ` between ${formatClock(gap.since)} and ${
        formatClock(gap.time)
      }.${now}`,
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

function danger(facts: SentenceFacts): Maybe {
  const { slot, slotName, sink, confirmedAt } = facts;
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
      ...confirmedAt === null
        ? []
        : [` Nothing is confirmed since ${formatClock(confirmedAt)}.`],
      ` Bring ${
        slowest(sink)?.name ?? "what does not confirm"
      } back, or raise `,
      { code: "max_slot_wal_keep_size" },
      " now (",
      { link: "#doctor", text: "Doctor" },
      ").",
    ],
  };
}

function stuck(facts: SentenceFacts): Maybe {
  const { busyMs, inside, slot, slotName, sink } = facts;
  const failing = slowest(sink);
  if (
    failing !== null && failing.oldestPendingMs! >= STUCK_MS &&
    // Otherwise a batch is left to fill.
    failing.lanes.some((lane) => lane === "writing" || lane === "retrying")
  ) {
    return {
      ...{ state: "stuck", level: "warn" },
      emphasis: "Stuck:",
      rest: ` a change has waited for ${failing.name} for ${
        formatDuration(failing.oldestPendingMs!)
      }.`,
      detail: [
        ...failing.lastFailure === null ? ["It does not answer. "] : [
          "It takes nothing: ",
          { link: "#destinations", text: "its last error" },
          ". ",
        ],
        "Nothing behind it is confirmed meanwhile. ",
        ...keeps(slot, slotName),
      ],
    };
  }
  if (busyMs === null || busyMs < STUCK_MS) return null;
  return {
    ...{ state: "stuck", level: "warn" },
    emphasis: "Stuck:",
    rest: ` the consumer ${
      inside === null
        ? "has not asked for more"
        : `has been inside transaction ${inside.xid}`
    } for ${formatDuration(busyMs)}.`,
    detail: [
      ...inside === null || inside.kind === null ? [] : [
        `It was given change ${formatCount(inside.changes)}, ${
          /^[aeiou]/.test(inside.kind) ? "an" : "a"
        } ${inside.kind} of `,
        { code: inside.table },
        ". ",
      ],
      "Until it asks for the next changes, nothing more is confirmed. ",
      ...keeps(slot, slotName),
    ],
  };
}

/** The destination whose oldest change has waited longest; `null` if nothing waits. */
function slowest(sink: SinkReport | null): DestinationReport | null {
  const waiting = (sink?.destinations ?? []).filter(({ oldestPendingMs }) =>
    oldestPendingMs !== null
  );
  const [first] = waiting.sort((a, b) =>
    b.oldestPendingMs! - a.oldestPendingMs!
  );
  return first ?? null;
}

function reconnecting(
  { status, downMs, retryInMs }: SentenceFacts,
): Maybe {
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
  const { error, failures } = status;
  const wait = Math.ceil((retryInMs ?? 0) / 1_000);
  return {
    ...{ state: "reconnecting", level: "warn" },
    emphasis: "Reconnecting:",
    rest: ` attempt ${failures + 1} ${
      wait === 0 ? "now" : `in ${formatDuration(wait * 1_000)}`
    }.${without}`,
    detail: [
      ...(error instanceof PostgresError ? [{ code: error.code }, " "] : []),
      `${messageOf(error)}. The slot keeps the log meanwhile; nothing is lost.`,
    ],
  };
}

function behind(facts: SentenceFacts): Maybe {
  const { lagMs, lagMsBefore, lagBytes, slot, slotName, sink } = facts;
  if (lagMs < BEHIND_MS) return null;
  const gained = lagMsBefore === null ? 0 : lagMsBefore - lagMs;
  const rest = gained > 1_000
    ? `, and catching up: level in about ${
      formatDuration(lagMs / gained * 60_000)
    }.`
    : ".";
  const last = slowest(sink);
  return {
    ...{ state: "behind", level: "warn" },
    emphasis: "Behind",
    rest: ` by ${formatDuration(lagMs)}${rest}`,
    detail: [
      ...lagBytes === null ? [] : [`${formatBytes(lagBytes)} of log wait. `],
      ...last === null ? [] : [`${last.name} is the slowest. `],
      "Nothing is lost. ",
      ...keeps(slot, slotName),
    ],
  };
}

function parked(facts: SentenceFacts): Maybe {
  const { sink, lagMs, slot, slotName, mayAct } = facts;
  const with_ = (sink?.destinations ?? []).filter(({ parkedKeys }) =>
    parkedKeys.length > 0
  );
  if (with_.length === 0) return null;
  const keys = with_.reduce((sum, one) => sum + one.parkedKeys.length, 0);
  const letters = with_.reduce((sum, one) => sum + one.deadLetters, 0);
  const waiting = keys === 1
    ? "its key waits for you"
    : "the keys wait for you";
  return {
    ...{ state: "parked", level: "warn" },
    emphasis: keys === 1 ? "1 key is parked;" : `${keys} keys are parked;`,
    rest: ` all else streams, ${formatDuration(lagMs)} behind.`,
    detail: [
      `${with_.map(({ name }) => name).join(", ")} refused ${
        letters === 1 ? "1 change" : `${formatCount(letters)} changes`
      }. ${letters === 1 ? "It is" : "They are"} safe among the dead letters${
        mayAct ? "; " : ". "
      }`,
      ...mayAct ? [{ link: "#destinations", text: waiting }, ". "] : [
        "This page is read only, as no token is set: ",
        { link: "#destinations", text: "how to act on them" },
        ". ",
      ],
      ...keeps(slot, slotName),
    ],
  };
}

function empty(
  { hasChanged, slot, slotName, upMs }: SentenceFacts,
): Maybe {
  if (hasChanged) return null;
  return {
    ...{ state: "empty", level: "ok" },
    emphasis: "Streaming.",
    rest: " Nothing has changed yet.",
    detail: [
      `No published row has changed since the start, ${
        formatDuration(upMs)
      } ago. `,
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
