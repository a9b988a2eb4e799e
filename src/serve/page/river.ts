import type { Lsn } from "../../lsn.ts";
import type { SinkReport } from "../../sink/report.ts";
import type { SlotState } from "../../subscription/progress/slot_state.ts";
import type { SubscriptionProgress } from "../../subscription/progress/subscription_progress.ts";
import { formatClock, formatCount, formatPosition } from "./format.ts";
import type { Sentence } from "./sentence_facts.ts";

/** The pipeline: five positions, and what waits between them. */
export interface River {
  /** The positions, as texts. */
  readonly positions: readonly string[];
  /** How many bytes wait between two of them; `null` for unknown. */
  readonly waits: readonly (number | null)[];
  /** What they wait for. */
  readonly notes: readonly string[];
  /** What the first position is, and from when. */
  readonly written: string;
  /** Which of them holds up all others; `null` for none. */
  readonly jam: number | null;
  /** Whether nothing moves behind it. */
  readonly isDry: boolean;
}

/** What the pipeline is made of. */
export interface RiverFacts {
  /** The positions. */
  readonly progress: SubscriptionProgress;
  /** The position up to which events were handed out; `null` for none yet. */
  readonly handedOut: Lsn | null;
  /** The slot, as the server described it last. */
  readonly slot: SlotState | null;
  /** The delivery; `null` without one. */
  readonly sink: SinkReport | null;
  /** Whether there is a link. */
  readonly isLinked: boolean;
  /** For how long the consumer has not asked for more, in milliseconds; `null` if it waits. */
  readonly busyMs: number | null;
  /** The transaction that the consumer is inside; `null` between two of them. */
  readonly xid: number | null;
  /** The state. */
  readonly state: Sentence["state"];
  /** The time, in milliseconds since 1970-01-01 UTC. */
  readonly now: number;
}

/** More bytes than this wait on the server, and not in transit. */
const ON_THE_WAY_BYTES = 1_000_000;

/** Describes the pipeline. */
export function riverOf(facts: RiverFacts): River {
  const { progress, slot, sink, isLinked, state, now } = facts;
  const { received, confirmed, walEnd, walEndAgeMs } = progress;
  const handedOut = facts.handedOut ?? confirmed;
  const reported = slot?.confirmed ?? null;
  const waits = [
    between(walEnd, received),
    between(received, handedOut),
    between(handedOut, confirmed),
    between(confirmed, reported),
  ];
  const isDry = state === "reconnecting" || state === "stuck" ||
    state === "danger";
  return {
    positions: [walEnd, received, handedOut, confirmed, reported]
      .map(formatPosition),
    waits: isLinked ? waits : [null, ...waits.slice(1)],
    notes: state === "empty"
      ? ["nothing", "nothing", "nothing", "nothing"]
      : notesOf(facts, waits),
    written: isLinked || walEndAgeMs === null
      ? "end of the server's log"
      : `as of ${formatClock(now - walEndAgeMs)}`,
    jam: jamOf(state, progress.pending, sink),
    isDry,
  };
}

function notesOf(
  { progress: { pending }, slot, sink, isLinked, busyMs, xid, state }:
    RiverFacts,
  [onServer, , , unreported]: readonly (number | null)[],
): string[] {
  const transactions = pending === 1
    ? "1 transaction"
    : `${formatCount(pending)} transactions`;
  const isBusy = busyMs !== null && busyMs > 1_000;
  return [
    !isLinked
      ? "not known without a link"
      : (onServer ?? 0) > ON_THE_WAY_BYTES
      ? "wait on the server"
      : "on the way",
    isBusy ? "read ahead, until asked for" : "read ahead",
    state === "stuck" && sink === null && xid !== null
      ? `consumer is inside ${xid}`
      : pending > 0
      ? `${transactions} ${sink === null ? "pending" : "in lanes"}`
      : sink === null
      ? "nothing is pending"
      : "empty: all durable",
    (slot?.confirmed ?? null) === null
      ? "not known: see slotGuard"
      : unreported === 0
      ? "nothing to report"
      : isLinked
      ? "until the next report"
      : "to report, once linked",
  ];
}

function jamOf(
  state: Sentence["state"],
  pending: number,
  sink: SinkReport | null,
): number | null {
  switch (state) {
    case "reconnecting":
      return 0;
    case "stuck":
      return 2;
    case "behind":
    case "danger": {
      const isFailing = sink?.destinations.some(({ pending, lastFailure }) =>
        pending > 0 && lastFailure !== null
      );
      return isFailing || pending > 0 ? 2 : null;
    }
    default:
      return null;
  }
}

function between(ahead: Lsn | null, behind: Lsn | null): number | null {
  if (ahead === null || behind === null) return null;
  return ahead > behind ? Number(ahead - behind) : 0;
}
