// The SQL names of types besides their names in pg_type. Source: the manual, "Data Types",
// Table 8.1.
const ALIASES: Readonly<Record<string, string>> = {
  bigint: "int8",
  "bit varying": "varbit",
  boolean: "bool",
  char: "bpchar",
  character: "bpchar",
  "character varying": "varchar",
  dec: "numeric",
  decimal: "numeric",
  "double precision": "float8",
  float: "float8",
  int: "int4",
  integer: "int4",
  real: "float4",
  smallint: "int2",
  "time with time zone": "timetz",
  "time without time zone": "time",
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
};

// The OIDs of types and of their arrays. Source: src/include/catalog/pg_type.dat.
const OIDS: Readonly<Record<string, readonly [type: number, array: number]>> = {
  bool: [16, 1000],
  bytea: [17, 1001],
  name: [19, 1003],
  int8: [20, 1016],
  int2: [21, 1005],
  int4: [23, 1007],
  text: [25, 1009],
  oid: [26, 1028],
  json: [114, 199],
  xml: [142, 143],
  point: [600, 1017],
  lseg: [601, 1018],
  path: [602, 1019],
  box: [603, 1020],
  polygon: [604, 1027],
  line: [628, 629],
  cidr: [650, 651],
  float4: [700, 1021],
  float8: [701, 1022],
  circle: [718, 719],
  macaddr8: [774, 775],
  money: [790, 791],
  macaddr: [829, 1040],
  inet: [869, 1041],
  bpchar: [1042, 1014],
  varchar: [1043, 1015],
  date: [1082, 1182],
  time: [1083, 1183],
  timestamp: [1114, 1115],
  timestamptz: [1184, 1185],
  interval: [1186, 1187],
  timetz: [1266, 1270],
  bit: [1560, 1561],
  varbit: [1562, 1563],
  numeric: [1700, 1231],
  uuid: [2950, 2951],
  pg_lsn: [3220, 3221],
  tsvector: [3614, 3643],
  tsquery: [3615, 3645],
  jsonb: [3802, 3807],
  int4range: [3904, 3905],
  numrange: [3906, 3907],
  tsrange: [3908, 3909],
  tstzrange: [3910, 3911],
  daterange: [3912, 3913],
  int8range: [3926, 3927],
  jsonpath: [4072, 4073],
  int4multirange: [4451, 6150],
  nummultirange: [4532, 6151],
  tsmultirange: [4533, 6152],
  tstzmultirange: [4534, 6153],
  datemultirange: [4535, 6155],
  int8multirange: [4536, 6157],
};

/** A built-in type. */
export interface BuiltInType {
  /** Its name in `pg_type`. */
  readonly name: string;
  /** Its OID. */
  readonly oid: number;
  /** The OID of its array. */
  readonly arrayOid: number;
}

/**
 * Finds a built-in type.
 *
 * @param name A name in SQL notation, in lower case and without a modifier.
 */
export function builtInType(name: string): BuiltInType | null {
  const short = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  if (!Object.hasOwn(OIDS, short)) return null;
  const [oid, arrayOid] = OIDS[short]!;
  return { name: short, oid, arrayOid };
}

/**
 * Returns the modifier of a type, as in `pg_attribute.atttypmod`.
 *
 * Source: the `typmodin` functions of the types, for example `numerictypmodin()` in
 * `numeric.c` and `anychar_typmodin()` in `varchar.c`.
 *
 * @param name The type's name in `pg_type`.
 * @param parameters The parameters in parentheses after the type's name; empty for none.
 * @returns The modifier, -1 for none; `undefined` if the type has no such parameters.
 */
export function typeModifier(
  name: string,
  parameters: readonly number[],
): number | undefined {
  const [first, second = 0] = parameters;
  switch (name) {
    case "bpchar":
    case "varchar":
      return first === undefined ? -1 : first + 4;
    case "numeric":
      return first === undefined ? -1 : (first << 16 | second & 0x7ff) + 4;
    case "bit":
    case "time":
    case "timetz":
    case "timestamp":
    case "timestamptz":
    case "varbit":
      return first ?? -1;
    default:
      return first === undefined ? -1 : undefined;
  }
}
