/** The versions of Node that the packages require: from the first whose `require()` loads ES modules. */
export const ENGINES = { node: ">=20.19" } as const;
