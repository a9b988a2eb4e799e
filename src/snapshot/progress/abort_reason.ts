/** Why a copy ended early. */
export type AbortReason = "dropped" | "unpublished" | "cancelled";
