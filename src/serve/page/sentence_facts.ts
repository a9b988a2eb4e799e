import type { Gap } from "../../events/gap.ts";
import type { SinkReport } from "../../sink/report.ts";
import type { SlotState } from "../../subscription/progress/slot_state.ts";
import type { SubscriptionStatus } from "../../subscription/views/status.ts";

/** How the page's state is to be taken. */
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

/** A part of a text: plain, or code, or a link to a part of the page. */
export type TextPart =
  | string
  | { readonly code: string }
  | { readonly link: string; readonly text: string };

/** The sentence on top of the page. */
export interface Sentence {
  /** The state. */
  readonly state: PageState;
  /** How it is to be taken. */
  readonly level: Level;
  /** The beginning, which names the state. */
  readonly emphasis: string;
  /** The rest. */
  readonly rest: string;
  /** What it means, and who has to act. */
  readonly detail: readonly TextPart[];
}

/** A gap, and when it was noticed. */
export interface NoticedGap {
  /** The gap. */
  readonly gap: Pick<Gap, "reason" | "from" | "to">;
  /** When, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** When the last transaction before it was committed, if one was handed out. */
  readonly since: number | null;
}

/** The transaction that the consumer is inside. */
export interface OpenTransaction {
  /** Its id. */
  readonly xid: number;
  /** How many of its changes were handed out. */
  readonly changes: number;
  /** The kind of the last of them; `null` before the first. */
  readonly kind: string | null;
  /** The table of the last of them. */
  readonly table: string;
}

/** What the sentence is made of. */
export interface SentenceFacts {
  /** The subscription's state. */
  readonly status: SubscriptionStatus;
  /** The slot's name. */
  readonly slotName: string;
  /** How far it is behind, in milliseconds. */
  readonly lagMs: number;
  /** How much log it is behind, in bytes; `null` if that is unknown. */
  readonly lagBytes: bigint | null;
  /** How far it was behind a minute ago; `null` before. */
  readonly lagMsBefore: number | null;
  /** Since when the link has been down, in milliseconds; `null` while it is up. */
  readonly downMs: number | null;
  /** The time until the next attempt to connect, in milliseconds; `null` if none is due. */
  readonly retryInMs: number | null;
  /** For how long the consumer has not asked for more, in milliseconds; `null` if it waits. */
  readonly busyMs: number | null;
  /** The transaction that it is inside; `null` between two of them. */
  readonly inside: OpenTransaction | null;
  /** Since when nothing more is confirmed, in milliseconds since 1970-01-01 UTC. */
  readonly confirmedAt: number | null;
  /** The slot, as the server described it last. */
  readonly slot: SlotState | null;
  /** The delivery; `null` without one. */
  readonly sink: SinkReport | null;
  /** The last gap; `null` if there was none. */
  readonly gap: NoticedGap | null;
  /** Whether any row has changed. */
  readonly hasChanged: boolean;
  /** For how long the service has run, in milliseconds. */
  readonly upMs: number;
  /** Whether the page can retry and release parked keys. */
  readonly mayAct: boolean;
}
