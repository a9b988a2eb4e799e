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
  /** Which of its rows. */
  readonly filter: Filter;
  /** Which of its columns; `null` for all. */
  readonly columns: readonly string[] | null;
}

/** What a transaction means to a channel. */
export interface ChannelChanges {
  /** The event for its clients, without an id; `null` if they see nothing of it. */
  readonly bytes: Uint8Array | null;
  /** The keys of rows that have to be read from the server, in full. */
  readonly incomplete: readonly Row[];
}

/** The name of a channel: equal ones share everything. */
export function channelName({ table, filter, columns }: Watched): string {
  return `${table}\n${formatFilter(filter)}\n${
    columns === null ? "*" : JSON.stringify([...columns].sort())
  }`;
}

/** What clients with equal requests share: what they see, and how it is written. */
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
   * @throws {TypeError} If the table can't be filtered so.
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

  /** The condition of its rows, in SQL; `null` for all rows. */
  get sql(): string | null {
    return this.#filter.sql;
  }

  /** The short form of its name, in ids. */
  get hash(): string {
    return this.#hash;
  }

  /** Takes another definition of its table. */
  redefine(description: TableDescription): void {
    this.#filter = bindFilter(this.watched.filter, description);
    this.#plans = new WeakMap();
  }

  /** The id of a position. */
  idOf(lsn: Lsn): string {
    return formatResumeId({ service: this.#service, channel: this.#hash, lsn });
  }

  /**
   * Writes what a transaction did to its rows.
   *
   * @returns The event, and what is missing; `null` if a row can't be told, so that all have to
   * be read again.
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

  /** Writes a row of a copy, as a member of `rows`; `null` if its clients don't see it. */
  writeRead(event: ReadEvent): string | null {
    const { relation, newRow, key } = event;
    if (key === null || this.#filter.matches(newRow) !== true) return null;
    return this.#writePut(relation, key, newRow);
  }

  // An empty text for what its clients don't see.
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

// A key's text tells rows of one table apart, so the table's name is left out.
function keyTextOf(relation: Relation, key: Row): string {
  return textOfKey("", key, planOf(relation).keyColumns ?? [])?.slice(1) ??
    jsonText(key);
}
