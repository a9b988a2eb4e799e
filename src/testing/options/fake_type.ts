/** A type that is not built in. */
export type FakeType =
  | {
    /** The labels of an enum, in their order. */
    readonly enum: readonly string[];
  }
  | {
    /** The type on which a domain is based. Its constraints are not checked. */
    readonly domain: string;
  }
  | {
    /** The attributes of a composite type, and their types. */
    readonly composite: Readonly<Record<string, string>>;
  };
