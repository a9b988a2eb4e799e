// Source: Apache Kafka, Errors.java.
const POISON = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
]);
const END = new Set([
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_REQUIRED_ACKS",
]);

/** Decides between another attempt, one record that is refused permanently, and all of them. */
export function verdictOf(error: unknown): "retry" | "poison" | "end" {
  for (
    let one = error as
      | { readonly type?: string; readonly cause?: unknown }
      | undefined;
    one !== undefined && one !== null;
    one = one.cause as typeof one
  ) {
    if (one.type === undefined) continue;
    if (POISON.has(one.type)) return "poison";
    if (END.has(one.type)) return "end";
  }
  return "retry";
}
