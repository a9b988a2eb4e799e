/**
 * Stages between a subscription and the target of its changes: filter, select, mask and
 * annotate; and rows that are kept up to date.
 *
 * @example
 * ```ts
 * import { annotate, changedOnly, mask } from "@walbrook/walbrook/stages";
 *
 * const stages = [
 *   annotate({ prefix: "app" }),
 *   changedOnly({ "public.orders": ["status"] }),
 *   mask({ "public.users": { email: () => "…" } }),
 * ];
 * console.log(stages.length);
 * ```
 *
 * @module
 */
export {
  annotate,
  type AnnotatedTransaction,
  type AnnotateOptions,
  type Annotations,
  annotationsOf,
} from "./annotate.ts";
export { changedOnly } from "./changed_only.ts";
export { filter } from "./filter.ts";
export { keepRows, type RowMap } from "./keep_rows.ts";
export { mask, type Masks, type MaskValue } from "./mask.ts";
export {
  type NewOutboxMessage,
  type Outbox,
  outbox,
  type OutboxClient,
  type OutboxMessage,
  type OutboxOptions,
} from "./outbox.ts";
export { select } from "./select.ts";
export { type Stage, type StagedChange, StageStream } from "./stage.ts";
