import type { Link } from "@opentelemetry/api";
import type { Delivery } from "@walbrook/walbrook/sink";
import { annotationsOf } from "@walbrook/walbrook/stages";

/** The default limit of OpenTelemetry's SDKs, which drop further links. */
const MAX_LINKS = 128;
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/**
 * Parses a `traceparent`.
 *
 * Source: W3C, "Trace Context", "traceparent Header".
 *
 * @returns The link to its span; `null` if it is invalid.
 */
export function readTraceparent(text: unknown): Link | null {
  const match = typeof text === "string" ? TRACEPARENT.exec(text) : null;
  if (match === null) return null;
  const [, traceId, spanId, flags] = match;
  return {
    context: {
      traceId: traceId!,
      spanId: spanId!,
      // Only the first bit, "sampled", is defined everywhere.
      traceFlags: parseInt(flags!, 16) & 1,
      isRemote: true,
    },
  };
}

/**
 * Returns the links to the traces in the annotations of a batch's transactions, each once.
 */
export function linksOf(
  batch: readonly Delivery[],
  member: string,
): Link[] {
  const links = new Map<string, Link>();
  for (const { event } of batch) {
    const text = annotationsOf(event)?.[member];
    if (typeof text !== "string" || links.has(text)) continue;
    const link = readTraceparent(text);
    if (link !== null) links.set(text, link);
    if (links.size === MAX_LINKS) break;
  }
  return [...links.values()];
}
