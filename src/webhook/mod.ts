/**
 * Changes to an address by HTTP, signed as Standard Webhooks says.
 *
 * @example
 * ```ts
 * import { webhook } from "@walbrook/walbrook/webhook";
 *
 * const destination = webhook({
 *   url: "https://example.com/hook",
 *   secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
 * });
 * console.log(destination.name);
 * ```
 *
 * @module
 */
export type { WebhookVerdict } from "./judge_response.ts";
export { webhook, type WebhookOptions } from "./webhook.ts";
// What a destination is made of, so that this module stands alone.
export type { Destination } from "../sink/options/destination.ts";
