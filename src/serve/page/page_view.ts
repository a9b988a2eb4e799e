import type { DoctorReport } from "../../doctor/report.ts";
import type { DestinationReport, SinkReport } from "../../sink/report.ts";
import type { SlotState } from "../../subscription/progress/slot_state.ts";
import type { Subscription } from "../../subscription/views/subscription.ts";
import type { Lsn } from "../../lsn.ts";
import type { Board, LogEntry } from "./board.ts";
import {
  formatClock,
  formatCount,
  formatDuration,
  formatPosition,
} from "./format.ts";
import { messageOf, type Sentence, sentenceOf } from "./sentence.ts";
import type { ShownChange } from "./shown_changes.ts";
import { type SlotCard, slotCard } from "./slot_card.ts";
import { type TableCard, tableCards } from "./table_cards.ts";

/** The view that the page receives each second. Texts are ready to be displayed. */
export interface PageView {
  readonly clock: string;
  readonly what: string;
  readonly sentence: Sentence;
  readonly river: River;
  readonly strips: {
    readonly stepMs: number;
    readonly values: readonly (readonly (number | null)[])[];
    readonly now: readonly (number | null)[];
    readonly marks: readonly {
      readonly agoMs: number;
      readonly text: string;
    }[];
  };
  readonly slot: SlotCard;
  readonly destinations: readonly DestinationCard[] | null;
  readonly tables: readonly TableCard[];
  readonly shownColumns: readonly string[];
  readonly changes: readonly ShownChange[];
  readonly doctor: DoctorReport | null;
  readonly hasDoctor: boolean;
  readonly log: readonly (Omit<LogEntry, "time"> & { readonly time: string })[];
  readonly hasGap: boolean;
  readonly about: readonly (readonly [string, string])[];
  readonly mayAct: boolean;
}

/** The pipeline: five positions, and the WAL between them. */
export interface River {
  /** The positions, as texts. */
  readonly positions: readonly string[];
  /** How many bytes wait between two positions; `null` if unknown. */
  readonly waits: readonly (number | null)[];
  /** What they wait for. */
  readonly notes: readonly string[];
  /** The index of the wait that holds up all others; `null` for none. */
  readonly jam: number | null;
  /** Whether nothing moves after it. */
  readonly isDry: boolean;
}

/** A destination. */
export interface DestinationCard {
  readonly name: string;
  readonly level: "ok" | "warn" | "bad" | "old";
  readonly state: string;
  readonly numbers: readonly (readonly [string, string])[];
  readonly error: string | null;
  readonly parked: readonly string[];
}

/** The facts from which the view is made. */
export interface PageFacts {
  readonly subscription: Subscription;
  readonly slot: SlotState | null;
  readonly slotName: string;
  readonly sink: SinkReport | null;
  readonly board: Board;
  readonly busyMs: number | null;
  readonly doctor: DoctorReport | null;
  readonly hasDoctor: boolean;
  readonly shownColumns: readonly string[];
  readonly startedAt: number;
  readonly clients: number;
  readonly mayAct: boolean;
  readonly hasToken: boolean;
}

const MINUTE_POINTS = 20;

/** Creates the view. */
export function pageView(facts: PageFacts, now: number): PageView {
  const { subscription, slot, slotName, sink, board, busyMs } = facts;
  const { status, progress, system, parameters } = subscription;
  const sentence = sentenceOf({
    ...{ status, slotName, slot, sink, busyMs },
    lagMs: progress.lagMs,
    lagMsBefore: board.lag.before(MINUTE_POINTS),
    downMs: board.downSince === null
      ? null
      : performance.now() - board.downSince,
    busyXid: board.xid,
    gap: board.gap,
    hasChanged: board.tables.size > 0,
  });
  return {
    clock: formatClock(now),
    what: `slot ${slotName}`,
    sentence,
    river: riverOf(facts, sentence),
    strips: {
      stepMs: 3_000,
      values: [board.lag, board.log, board.rate].map(({ values }) => values),
      now: [
        progress.lagMs,
        progress.lagBytes === null ? null : Number(progress.lagBytes),
        board.rate.before(0) ?? 0,
      ],
      marks: board.entries.map(({ time, mark }) => ({
        ...{ agoMs: now - time, text: mark },
      })),
    },
    slot: slotCard(slot, status.state, subscription.processId),
    destinations: sink?.destinations.map(destinationCard) ?? null,
    tables: tableCards(board.tables),
    shownColumns: facts.shownColumns,
    changes: board.changes,
    doctor: facts.doctor,
    hasDoctor: facts.hasDoctor,
    log: board.entries.map((entry) => ({
      ...{ ...entry, time: formatClock(entry.time) },
    })),
    hasGap: board.gap !== null,
    about: [
      ["up", formatDuration(now - facts.startedAt)],
      ["PostgreSQL", parameters.get("server_version") ?? "not known"],
      ["system", String(system.systemId)],
      ["timeline", String(system.timeline)],
      ["clients of /changes", formatCount(facts.clients)],
      ["reconnections", formatCount(progress.reconnections)],
      ["token", facts.hasToken ? "set" : "not set"],
    ],
    mayAct: facts.mayAct,
  };
}

function riverOf(
  { subscription, slot, sink, board, busyMs }: PageFacts,
  { state }: Sentence,
): River {
  const { progress } = subscription;
  const { received, confirmed, walEnd, pending } = progress;
  const handedOut = board.handedOut ?? confirmed;
  const reported = slot?.confirmed ?? null;
  const isLinked = subscription.status.state === "streaming";
  const positions = [walEnd, received, handedOut, confirmed, reported];
  const transactions = pending === 1
    ? "1 transaction"
    : `${formatCount(pending)} transactions`;
  const isBusy = busyMs !== null && busyMs > 1_000;
  const notes = [
    isLinked ? "on the way" : "not known without a link",
    isBusy ? "the consumer has not asked for more" : "read ahead",
    pending === 0 ? "nothing is pending" : `${transactions} pending`,
    reported === null
      ? "not known: see slotGuard"
      : isLinked
      ? "until the next report"
      : "to report, once linked",
  ];
  const failing =
    sink?.destinations.some(({ pending, lastFailure }) =>
      pending > 0 && lastFailure !== null
    ) ?? false;
  const jam = state === "reconnecting"
    ? 0
    : state === "stuck"
    ? 2
    : (state === "behind" || state === "danger") && (failing || pending > 0)
    ? 2
    : null;
  return {
    positions: positions.map(formatPosition),
    waits: [
      between(walEnd, received),
      between(received, handedOut),
      between(handedOut, confirmed),
      between(confirmed, reported),
    ],
    notes,
    jam,
    isDry: state === "reconnecting" || state === "stuck" || state === "danger",
  };
}

function between(ahead: Lsn | null, behind: Lsn | null): number | null {
  if (ahead === null || behind === null) return null;
  return ahead > behind ? Number(ahead - behind) : 0;
}

function destinationCard(report: DestinationReport): DestinationCard {
  const { name, pending, oldestPendingMs, lastFailure, parkedKeys } = report;
  const oldest = oldestPendingMs ?? 0;
  const isFailing = pending > 0 && lastFailure !== null && oldest > 5_000;
  const parked = parkedKeys.length === 1
    ? "1 key parked"
    : `${formatCount(parkedKeys.length)} keys parked`;
  const [level, state] = isFailing
    ? ["bad", `not taking changes for ${formatDuration(oldest)}`] as const
    : parkedKeys.length > 0
    ? ["warn", `${parked}, all else goes on`] as const
    : report.delivered === 0 && pending === 0
    ? ["ok", "nothing sent yet"] as const
    : ["ok", "durable, all well"] as const;
  return {
    ...{ name, level, state },
    numbers: [
      ["Delivered", formatCount(report.delivered)],
      ["Pending", formatCount(pending)],
      ["Oldest", oldestPendingMs === null ? "–" : formatDuration(oldest)],
      ["Batches", formatCount(report.batches)],
      ["Dead letters", formatCount(report.deadLetters)],
      ["Retries", formatCount(report.retries)],
    ],
    error: lastFailure === null
      ? null
      : `${formatClock(lastFailure.time)}: ${messageOf(lastFailure.error)}`,
    parked: parkedKeys.slice(0, 100),
  };
}
