/**
 * Whether the engine is JavaScriptCore, as in Bun, recognized by the line numbers in its errors.
 * A few operations that are fast in V8 are slow there, and the reverse.
 */
export const IS_JAVASCRIPT_CORE: boolean = "line" in new Error();
