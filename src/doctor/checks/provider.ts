/**
 * A service that runs PostgreSQL for you, where settings are changed by means other than SQL;
 * `"pgbouncer"` for a pooler in between.
 */
export type Provider =
  | "rds"
  | "aurora"
  | "cloudsql"
  | "alloydb"
  | "azure"
  | "supabase"
  | "neon"
  | "crunchy"
  | "pgbouncer";

/** The providers' names for people. */
export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = {
  rds: "Amazon RDS",
  aurora: "Amazon Aurora",
  cloudsql: "Google Cloud SQL",
  alloydb: "Google AlloyDB",
  azure: "Azure Database for PostgreSQL",
  supabase: "Supabase",
  neon: "Neon",
  crunchy: "Crunchy Bridge",
  pgbouncer: "PgBouncer",
};

/** The query that recognizes the provider by its settings, functions and roles. */
export const PROVIDER_QUERY = `SELECT CASE
  WHEN EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version') THEN 'aurora'
  WHEN EXISTS (SELECT FROM pg_settings WHERE name LIKE 'rds.%') THEN 'rds'
  WHEN EXISTS (SELECT FROM pg_settings WHERE name LIKE 'alloydb.%') THEN 'alloydb'
  WHEN EXISTS (SELECT FROM pg_settings WHERE name LIKE 'cloudsql.%') THEN 'cloudsql'
  WHEN EXISTS (SELECT FROM pg_settings WHERE name LIKE 'azure.%') THEN 'azure'
  WHEN EXISTS (SELECT FROM pg_settings WHERE name LIKE 'neon.%') THEN 'neon'
  WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = 'supabase_admin') THEN 'supabase'
  WHEN EXISTS (SELECT FROM pg_roles WHERE rolname LIKE 'crunchy\\_%') THEN 'crunchy'
  END`;

/** Reads the answer to {@linkcode PROVIDER_QUERY}. */
export function readProvider(name: string | null): Provider | null {
  return name !== null && Object.hasOwn(PROVIDER_NAMES, name)
    ? name as Provider
    : null;
}
