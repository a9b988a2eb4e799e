/**
 * Whether the runtime's engine is JavaScriptCore, as in Bun: it is recognized by the line numbers in
 * its errors. For a few things, the fastest way there is among the slowest in V8.
 */
export const IS_JAVASCRIPT_CORE: boolean = "line" in new Error();
