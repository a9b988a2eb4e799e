import type { SqlClient } from "./sql_client.ts";

/** Objects of a stranger that lie in wait, and how many of them were run. */
export interface HostileSchemas {
  /** How many times code of theirs has run so far. */
  calls(): Promise<number>;
}

/**
 * Fills schemas with what somebody who may create objects there could put in the way of a
 * query (CVE-2018-1058): for every operator, function, type and table of `pg_catalog` one
 * of the same name, operators for pairs of types that the catalog has no operator for, and
 * a type that everything can be cast to. Each counts its calls and warns of them.
 *
 * @param sql A superuser's client.
 * @param schemas The schemas; those that are missing are made.
 */
export async function setTraps(
  sql: SqlClient,
  schemas: readonly string[],
): Promise<HostileSchemas> {
  await sql(TRAP);
  for (const schema of schemas) {
    await sql(`CREATE SCHEMA IF NOT EXISTS "${schema}";
      GRANT USAGE ON SCHEMA "${schema}" TO public;
      SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)`);
    await sql(fill(schema));
    await sql("RESET search_path");
  }
  return {
    calls: async () =>
      Number(
        await sql.value(
          "SELECT pg_catalog.count(*) FROM trap.calls, LATERAL pg_catalog.generate_series(1, CASE WHEN is_called THEN last_value ELSE 0 END)",
        ),
      ),
  };
}

// A sequence counts on where the transaction is rolled back.
const TRAP = `
CREATE SCHEMA trap;
GRANT USAGE ON SCHEMA trap TO public;
CREATE SEQUENCE trap.calls;
CREATE FUNCTION trap.spring(what text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  PERFORM nextval('trap.calls');
  RAISE WARNING '% was run', what;
  RETURN true;
END $$;
CREATE FUNCTION trap.step(state text, anyelement) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM trap.spring('aggregate');
  RETURN state;
END $$`;

// What the catalog's columns and the literals beside them are made of.
const TYPES =
  `'{oid,int2,int4,int8,name,text,"\\"char\\"",bool,regproc,regclass,regtype,pg_lsn,json,jsonb,int2vector,oidvector,_int2,_oid,_name,_text,xid}'::text[]`;

function fill(schema: string): string {
  return `
SET client_min_messages = error;
CREATE TYPE "${schema}".bait AS (x text);
DO $do$
DECLARE
  one record;
  a text;
  b text;
  types text[] := ${TYPES};
BEGIN
  -- Tables, seen through views; a few columns are of types that no view can have.
  FOR one IN
    SELECT c.relname, string_agg(
      CASE WHEN a.atttypid IN ('anyarray'::regtype, 'pg_statistic[]'::regtype)
        THEN format('%1$I::text AS %1$I', a.attname) ELSE quote_ident(a.attname) END,
      ', ' ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
      AND a.attnum > 0
    GROUP BY c.relname
  LOOP
    EXECUTE format('CREATE VIEW "${schema}".%I AS SELECT %s FROM pg_catalog.%I
      WHERE trap.spring(%L)', one.relname, one.columns, one.relname, 'view ' || one.relname);
    EXECUTE format('GRANT SELECT ON "${schema}".%I TO public', one.relname);
  END LOOP;
  -- Functions with the same arguments.
  FOR one IN SELECT p.oid, p.proname, p.proretset, p.prorettype::regtype AS result,
      pg_get_function_identity_arguments(p.oid) AS arguments
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
  LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION "${schema}".%I(%s) RETURNS %s %s LANGUAGE plpgsql AS %L',
        one.proname, one.arguments, CASE WHEN one.proretset THEN 'SETOF' ELSE '' END,
        one.result, format('BEGIN PERFORM trap.spring(%L); RETURN%s; END',
          'function ' || one.proname, CASE WHEN one.proretset THEN '' ELSE ' NULL' END));
    EXCEPTION WHEN OTHERS THEN
      -- Those that work on internal types can't be written in plpgsql, nor be called.
      NULL;
    END;
  END LOOP;
  -- Aggregates that everything can be given to, as plain functions.
  FOREACH a IN ARRAY '{json_agg,jsonb_agg,array_agg,max,min,count}'::text[] LOOP
    EXECUTE format('CREATE AGGREGATE "${schema}".%I(pg_catalog.anyelement)
      (SFUNC = trap.step, STYPE = pg_catalog.text)', a);
  END LOOP;
  -- Types, as domains that check what is cast to them.
  FOR one IN SELECT t.typname FROM pg_type t
    WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b'
      AND t.typcategory <> 'A'
      AND t.typname NOT IN (SELECT c.relname FROM pg_class c)
  LOOP
    BEGIN
      EXECUTE format('CREATE DOMAIN "${schema}".%I AS pg_catalog.%I CHECK (trap.spring(%L))',
        one.typname, one.typname, 'type ' || one.typname);
    EXCEPTION WHEN duplicate_object THEN NULL;
    END;
  END LOOP;
  -- A type that everything can be cast to, with an operator for each symbol.
  types := types || '"${schema}".bait'::text;
  FOREACH a IN ARRAY types LOOP
    CONTINUE WHEN a LIKE '%bait';
    EXECUTE format('CREATE FUNCTION "${schema}".bite(pg_catalog.%s) RETURNS "${schema}".bait
      LANGUAGE plpgsql AS %L', a, 'BEGIN PERFORM trap.spring(''cast''); RETURN NULL; END');
    EXECUTE format('CREATE CAST (pg_catalog.%s AS "${schema}".bait)
      WITH FUNCTION "${schema}".bite(pg_catalog.%s) AS IMPLICIT', a, a);
  END LOOP;
  FOREACH a IN ARRAY types LOOP
    IF a NOT LIKE '%bait' THEN a := 'pg_catalog.' || a; END IF;
    FOREACH b IN ARRAY types LOOP
      IF b NOT LIKE '%bait' THEN b := 'pg_catalog.' || b; END IF;
      EXECUTE format('CREATE FUNCTION "${schema}".operate(%s, %s) RETURNS boolean
        LANGUAGE plpgsql AS %L', a, b,
        format('BEGIN PERFORM trap.spring(%L); RETURN NULL; END', 'operator on ' || a || ' and ' || b));
      FOR one IN SELECT unnest('{=,<>,<,<=,>,>=,+,-,*,||,->,->>,~,!~,~~,@>,<@,&&,?}'::text[]) AS symbol
      LOOP
        BEGIN
          EXECUTE format('CREATE OPERATOR "${schema}".%s (LEFTARG = %s, RIGHTARG = %s,
            FUNCTION = "${schema}".operate)', one.symbol, a, b);
        EXCEPTION WHEN duplicate_function THEN NULL;
        END;
      END LOOP;
    END LOOP;
  END LOOP;
END $do$`;
}
