/** The values of libpq's `target_session_attrs`. */
export const TARGET_SESSION_ATTRS: readonly [
  TargetSessionAttrs,
  ...TargetSessionAttrs[],
] = [
  "any",
  "read-write",
  "read-only",
  "primary",
  "standby",
  "prefer-standby",
];

/**
 * The kind of server to connect to if there are several.
 *
 * - `any`: the first that accepts the login.
 * - `read-write`, `read-only`: one whose sessions may, or may not, write by default.
 * - `primary`, `standby`: one that is not, or is, in hot standby.
 * - `prefer-standby`: a standby; if there is none, any.
 *
 * Source: the manual, "Parameter Key Words", `target_session_attrs`.
 */
export type TargetSessionAttrs =
  | "any"
  | "read-write"
  | "read-only"
  | "primary"
  | "standby"
  | "prefer-standby";
