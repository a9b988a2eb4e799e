/** Why a copy ended before its end. */
export type AbortReason = "dropped" | "unpublished" | "cancelled";
