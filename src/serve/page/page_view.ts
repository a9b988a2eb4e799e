import type { DoctorReport } from "../../doctor/report.ts";
import type { SinkReport } from "../../sink/report.ts";
import type { SlotState } from "../../subscription/progress/slot_state.ts";
import type { Subscription } from "../../subscription/views/subscription.ts";
import type { ServedSource } from "../options/serve_options.ts";
import type { Board, LogEntry } from "./board.ts";
import { type DestinationCard, destinationCard } from "./destination_card.ts";
import { formatClock, formatCount, formatDuration } from "./format.ts";
import { type River, riverOf } from "./river.ts";
import { sentenceOf } from "./sentence.ts";
import type { Sentence, TextPart } from "./sentence_facts.ts";
import type { ShownChange } from "./shown_changes.ts";
import { type SlotCard, slotCard } from "./slot_card.ts";
import { type TableCard, tableCards } from "./table_cards.ts";

/** The view that the page receives each second. Texts are ready to be displayed. */
export interface PageView {
  readonly clock: string;
  readonly title: string;
  readonly what: readonly TextPart[];
  readonly sentence: Sentence;
  readonly river: River;
  readonly strips: {
    readonly stepMs: number;
    readonly values: readonly (readonly (number | null)[])[];
    readonly now: readonly (number | null)[];
    readonly alertMs: number;
    readonly marks: readonly {
      readonly agoMs: number;
      readonly text: string;
    }[];
  };
  readonly slot: SlotCard;
  readonly destinations: readonly DestinationCard[] | null;
  readonly tables: readonly TableCard[];
  readonly hiddenTables: number;
  readonly shownColumns: readonly string[];
  readonly changes: readonly ShownChange[];
  readonly doctor: DoctorReport | null;
  readonly hasDoctor: boolean;
  readonly log: readonly (Omit<LogEntry, "time"> & { readonly time: string })[];
  readonly hasGap: boolean;
  readonly about: readonly (readonly [string, string])[];
  readonly mayAct: boolean;
}

/** What the view is made of. */
export interface PageFacts {
  readonly subscription: Subscription;
  readonly slot: SlotState | null;
  readonly slotName: string;
  readonly source: ServedSource;
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
const MINUTE_MS = 60_000;
/** The lag above which the alert rules in docs/operations/ fire. */
const ALERT_MS = 60_000;

/** Creates the view. */
export function pageView(facts: PageFacts, now: number): PageView {
  const { subscription, slot, slotName, sink, board, busyMs } = facts;
  const { status, progress } = subscription;
  const { inside } = board;
  const sentence = currentSentence(facts, now);
  const isLinked = status.state === "streaming";
  const isIdle = !isLinked || (busyMs !== null && busyMs >= MINUTE_MS);
  const tables = tableCards(board.tables);
  return {
    clock: formatClock(now),
    title: slotName === "" ? "Walbrook" : slotName,
    what: whatOf(facts),
    sentence,
    river: riverOf({
      ...{ progress, slot, sink, isLinked, busyMs, now },
      handedOut: board.handedOut,
      xid: inside?.xid ?? null,
      state: sentence.state,
    }),
    strips: stripsOf(facts, sentence, now),
    slot: slotCard({
      ...{ slot, isLinked, processId: subscription.processId },
      downAt: board.downSince === null
        ? null
        : now - (performance.now() - board.downSince),
      doctor: facts.doctor,
    }),
    destinations: sink?.destinations.map((report) =>
      destinationCard(
        report,
        board.deliveryRates.get(report.name) ?? null,
        isIdle,
      )
    ) ?? null,
    tables,
    hiddenTables: board.tables.size - tables.length,
    shownColumns: facts.shownColumns,
    changes: board.changes,
    doctor: facts.doctor,
    hasDoctor: facts.hasDoctor,
    log: board.entries.map((entry) => ({
      ...{ ...entry, time: formatClock(entry.time) },
    })),
    hasGap: board.gap !== null,
    about: aboutOf(facts, now),
    mayAct: facts.mayAct,
  };
}

function currentSentence(facts: PageFacts, now: number): Sentence {
  const { subscription, slot, slotName, sink, board, busyMs } = facts;
  const { status, progress: { lagMs, lagBytes } } = subscription;
  const { confirmedAt, inside } = board;
  const sinceStatus = performance.now() - board.statusSince;
  return sentenceOf({
    ...{ status, slotName, slot, sink, busyMs, lagMs, lagBytes, inside },
    lagMsBefore: board.lag.before(MINUTE_POINTS),
    downMs: board.downSince === null
      ? null
      : performance.now() - board.downSince,
    retryInMs: status.state === "retrying"
      ? Math.max(0, status.delayMs - sinceStatus)
      : null,
    confirmedAt: confirmedAt === null || now - confirmedAt < MINUTE_MS
      ? null
      : confirmedAt,
    gap: board.gap,
    hasChanged: board.tables.size > 0,
    upMs: now - facts.startedAt,
    mayAct: facts.mayAct,
  });
}

/** The last minutes: lag, log and rate, with marks. */
function stripsOf(
  { subscription, board, busyMs }: PageFacts,
  { state }: Sentence,
  now: number,
): PageView["strips"] {
  const { lagMs, lagBytes } = subscription.progress;
  const { inside } = board;
  return {
    stepMs: 3_000,
    values: [board.lag, board.log, board.rate].map(({ values }) => values),
    now: [
      lagMs,
      lagBytes === null ? null : Number(lagBytes),
      board.rate.before(0) ?? 0,
    ],
    alertMs: ALERT_MS,
    marks: [
      ...board.entries.map(({ time, mark }) => ({
        ...{ agoMs: now - time, text: mark },
      })),
      ...state === "stuck" && busyMs !== null && inside !== null
        ? [{ agoMs: busyMs, text: `${inside.xid} handed out` }]
        : [],
    ],
  };
}

/** Says what it follows, so that two pages can't be mixed up. */
function whatOf({ slotName, source, doctor }: PageFacts): TextPart[] {
  const database = source.database ?? doctor?.server?.database;
  const host = source.host ?? doctor?.server?.host;
  return [
    ...slotName === "" ? [] : ["slot ", { code: slotName }],
    ...database === undefined
      ? []
      : [slotName === "" ? "database " : ", database ", { code: database }],
    ...host === undefined ? [] : [" on ", { code: host }],
  ];
}

function aboutOf(
  { subscription, source, doctor, startedAt, clients, hasToken }: PageFacts,
  now: number,
): (readonly [string, string])[] {
  const { system, parameters, progress } = subscription;
  const publication = source.publication ?? doctor?.publications.join(", ");
  const { navigator } = globalThis as {
    readonly navigator?: { readonly userAgent?: string };
  };
  return [
    ...source.version === undefined
      ? []
      : [["Walbrook", source.version] as const],
    // Deno/2.9.6, Node.js/24, Bun/1.4.0, Cloudflare-Workers
    ...navigator?.userAgent === undefined
      ? []
      : [["on", navigator.userAgent] as const],
    ["up", formatDuration(now - startedAt)],
    ["PostgreSQL", parameters.get("server_version") ?? "not known"],
    ["system", String(system.systemId)],
    ["timeline", String(system.timeline)],
    ...publication === undefined || publication === ""
      ? []
      : [["publication", publication] as const],
    ["clients of /changes", formatCount(clients)],
    ["reconnections", formatCount(progress.reconnections)],
    ["token", hasToken ? "set" : "not set"],
  ];
}
