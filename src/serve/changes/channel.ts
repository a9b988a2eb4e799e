import { jsonText } from "../../encode/json_text.ts";
import { textOfKey } from "../../encode/key_text.ts";
import { planOf, type RelationPlan } from "../../encode/relation_plan.ts";
import { rowText } from "../../encode/to_json.ts";
import type { Relation, Row } from "../../events/relation.ts";
import type { ReadEvent } from "../../events/snapshot_event.ts";
import type { Lsn } from "../../lsn.ts";
import type { TableDescription } from "../../snapshot/table_description.ts";
import { bindFilter, type BoundFilter } from "../filter/bind_filter.ts";
import { type Filter, formatFilter } from "../filter/parse_filter.ts";
import { formatResumeId, shortHash } from "./resume_id.ts";
import type { KeptTransaction, TableChange } from "./ring.ts";
import { rowEffect } from "./row_effect.ts";
import { serverSent } from "./server_sent.ts";

/** What the clients of a channel watch. */
export interface Watched {
  /** The table's name. */
  readonly table: string;
  /** The rows. */
  readonly filter: Filter;
  /** The columns; `null` for all. */
  readonly columns: readonly string[] | null;
}

/** The effect of a transaction on a channel. */
export interface ChannelChanges {
  /** The event for its clients, without an id; `null` if it does not affect them. */
  readonly bytes: Uint8Array | null;
  /** The keys of rows that must be read from the server in full. */
  readonly incomplete: readonly Row[];
}

/** Returns the name of a channel. Channels with the same name share everything. */
export function channelName({ table, filter, columns }: Watched): string {
  return `${table}\n${formatFilter(filter)}\n${
    columns === null ? "*" : JSON.stringify([...columns].sort())
  }`;
}

/** The shared state of clients with equal requests: what they see, and its encoding. */
export class Channel {
  /** Its name. */
  readonly name: string;
  /** What its clients watch. */
  readonly watched: Watched;
  readonly #service: string;
  readonly #hash: string;
  #filter: BoundFilter;
  #plans = new WeakMap<Relation, RelationPlan>();

  /**
   * @param watched What its clients watch.
   * @param description The table.
   * @param service The name of the service, for ids.
   * @throws {TypeError} If the table does not support the filter.
   */
  constructor(
    watched: Watched,
    description: TableDescription,
    service: string,
  ) {
    this.watched = watched;
    this.name = channelName(watched);
    this.#service = service;
    this.#hash = shortHash(this.name);
    this.#filter = bindFilter(watched.filter, description);
  }

  /** The SQL condition for its rows; `null` for all rows. */
  get sql(): string | null {
    return this.#filter.sql;
  }

  /** The short form of its name, for ids. */
  get hash(): string {
    return this.#hash;
  }

  /** Adapts to a new definition of the table. */
  redefine(description: TableDescription): void {
    this.#filter = bindFilter(this.watched.filter, description);
    this.#plans = new WeakMap();
  }

  /** Returns the id of a position. */
  idOf(lsn: Lsn): string {
    return formatResumeId({ service: this.#service, channel: this.#hash, lsn });
  }

  /**
   * Encodes the changes of a transaction to its rows.
   *
   * @returns The event, and what is missing; `null` if a row can't be identified, so that all
   * rows must be read again.
   */
  changes(
    { commitTime, tables }: KeptTransaction,
  ): ChannelChanges | null {
    const incomplete: Row[] = [];
    const parts: string[] = [];
    for (const event of tables.get(this.watched.table) ?? []) {
      const part = this.#writeChange(event, incomplete);
      if (part === null) return null;
      if (part !== "") parts.push(part);
    }
    const bytes = parts.length === 0 ? null : serverSent(
      "changes",
      `{"commitTimeMs":${Number(commitTime / 1000n)},"changes":[${
        parts.join(",")
      }]}`,
    );
    return { bytes, incomplete };
  }

  /** Encodes a copied row as an element of `rows`; `null` if its clients don't see it. */
  writeRead(event: ReadEvent): string | null {
    const { relation, newRow, key } = event;
    if (key === null || this.#filter.matches(newRow) !== true) return null;
    return this.#writePut(relation, key, newRow);
  }

  // An empty text for changes that its clients don't see.
  #writeChange(event: TableChange, incomplete: Row[]): string | null {
    if (event.kind === "truncate") return '{"truncate":true}';
    const effect = rowEffect(event, this.#filter);
    if (effect === null) return null;
    const { relation } = event;
    if (effect.incomplete !== null) incomplete.push(effect.incomplete);
    const removed = effect.removed === null
      ? []
      : [`{"delete":${JSON.stringify(keyTextOf(relation, effect.removed))}}`];
    const put = effect.put === null
      ? []
      : [this.#writePut(relation, effect.put.key, effect.put.row)];
    return [...removed, ...put].join(",");
  }

  #writePut(relation: Relation, key: Row, row: Row): string {
    const unchanged: string[] = [];
    const text = rowText(row, this.#planOf(relation), unchanged);
    return `{"put":${JSON.stringify(keyTextOf(relation, key))},"row":${text}${
      unchanged.length > 0 ? `,"unchanged":[${unchanged.join(",")}]` : ""
    }}`;
  }

  #planOf(relation: Relation): RelationPlan {
    const { columns } = this.watched;
    if (columns === null) return planOf(relation);
    let plan = this.#plans.get(relation);
    if (plan === undefined) {
      const all = planOf(relation);
      const seen = all.names.flatMap((name, i) =>
        columns.includes(name) ? [i] : []
      );
      plan = {
        ...all,
        names: seen.map((i) => all.names[i]!),
        labels: seen.map((i) => all.labels[i]!),
      };
      this.#plans.set(relation, plan);
    }
    return plan;
  }
}

// The text of a key identifies rows within one table, so the table's name is omitted.
function keyTextOf(relation: Relation, key: Row): string {
  return textOfKey("", key, planOf(relation).keyColumns ?? [])?.slice(1) ??
    jsonText(key);
}
