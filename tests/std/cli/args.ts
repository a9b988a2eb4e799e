/** What `parseArgs()` returns. */
export type Args<
  B extends string,
  S extends string,
  C extends string,
  D extends Record<string, unknown>,
> =
  & Record<string, unknown>
  & Nested<Exclude<B, C>, boolean>
  & Optional<Exclude<S, C | keyof D>, string>
  & { [K in Extract<S, keyof D>]: string | D[K] }
  & Nested<Extract<B, C>, boolean[]>
  & Nested<Extract<S, C>, string[]>
  & { _: (string | number)[]; "--"?: string[] };

// Names with dots are those of properties that lie within others.
type Nested<Name extends string, Value> = Merge<
  Name extends `${infer First}.${infer Rest}`
    ? { [K in First]: Nested<Rest, Value> }
    : { [K in Name]: Value }
>;

type Optional<Name extends string, Value> = Merge<
  Name extends `${infer First}.${infer Rest}`
    ? { [K in First]?: Optional<Rest, Value> }
    : { [K in Name]?: Value }
>;

type Merge<Union> = [Union] extends [never] ? Record<never, never>
  : (Union extends unknown ? (_: Union) => void : never) extends
    (_: infer Intersection) => void ? Intersection
  : never;
