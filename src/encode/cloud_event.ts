import { isoTime } from "./iso_time.ts";
import { quoteText } from "./json_text.ts";
import { keyText } from "./key_text.ts";
import { planOf } from "./relation_plan.ts";
import type { KeyOptions } from "./row_key.ts";
import type { ReplicationEvent } from "../events/event.ts";
import { isRowEvent } from "../events/row_change.ts";
import { toJson } from "./to_json.ts";
import { tableName } from "../events/table_name.ts";
import { version, type VersionedEvent } from "./version.ts";

/** Options for {@linkcode toCloudEvent}. */
export interface CloudEventOptions extends KeyOptions {
  /**
   * The database from which the changes come: a permanent URI reference, such as
   * `postgres://shop/7412061329485321`. Together with the `id` it identifies a change.
   */
  readonly source: string;
  /**
   * The prefix of the attribute `type`, to which `.insert` and so on are appended.
   *
   * @default {"walbrook.change"}
   */
  readonly typePrefix?: string;
}

/**
 * Converts a change to a CloudEvent 1.0 in structured mode: one JSON object, to be sent as
 * `application/cloudevents+json`. Objects between `[` and `]`, separated by commas, form a
 * batch.
 *
 * Its `id` and the extension `sequence` are the change's {@linkcode version}. The `subject`
 * and the extension `partitionkey` are {@linkcode keyText}, or the table's name if it has no
 * key. The `time` is the commit time, and `data` is the output of {@linkcode toJson}.
 *
 * Source: "CloudEvents - Version 1.0.2" and its JSON format; the extensions "Sequence" and
 * "Partitioning".
 *
 * @example
 * ```ts
 * import { toCloudEvent } from "@walbrook/walbrook/encode";
 * import type { ReplicationEvent } from "@walbrook/walbrook";
 *
 * async function send(event: ReplicationEvent): Promise<void> {
 *   const body = toCloudEvent(event, { source: "postgres://shop/main" });
 *   if (body === null) return;
 *   const headers = { "content-type": "application/cloudevents+json" };
 *   await fetch("https://example.com/events", { method: "POST", headers, body });
 * }
 * console.log(send.name);
 * ```
 *
 * @param event The event.
 * @param options The source.
 * @returns The JSON; `null` for an event that changes nothing, such as `begin`, `commit` and
 * `relation`.
 */
export function toCloudEvent(
  event: ReplicationEvent,
  options: CloudEventOptions,
): string | null {
  if (!isChange(event)) return null;
  const { source, typePrefix = "walbrook.change" } = options;
  const id = version(event);
  const subject = quoteText(subjectOf(event, options));
  const time = event.transaction === null
    ? ""
    : `,"time":"${timeText(event.transaction.commitTime)}"`;
  return `{"specversion":"1.0","id":"${id}","source":${
    quoteText(source)
  },"type":${
    quoteText(`${typePrefix}.${event.kind}`)
  },"subject":${subject}${time},"datacontenttype":"application/json","sequence":"${id}","partitionkey":${subject},"data":${
    toJson(event)
  }}`;
}

type CommitTime = Parameters<typeof isoTime>[0];
let lastTime: CommitTime | null = null;
let lastTimeText = "";

// The changes of a transaction have the same time.
function timeText(time: CommitTime): string {
  if (time !== lastTime) {
    lastTime = time;
    lastTimeText = isoTime(time);
  }
  return lastTimeText;
}

function isChange(event: ReplicationEvent): event is VersionedEvent {
  return isRowEvent(event) || event.kind === "truncate" ||
    event.kind === "message";
}

function subjectOf(event: VersionedEvent, options: CloudEventOptions): string {
  switch (event.kind) {
    case "truncate":
      return event.relations.map(tableName).join(",");
    case "message":
      return event.prefix;
    default:
      return keyText(event, options) ?? planOf(event.relation).table;
  }
}
