import type { Check } from "./check.ts";
import { IDENTITY_INDEX, PUBLISHED } from "./published.ts";

const TABLE = `format('%I.%I', schemaname, tablename)`;
const FULL =
  `format('ALTER TABLE %I.%I REPLICA IDENTITY FULL', schemaname, tablename)`;

/** Checks of the publications and their tables. */
export const PUBLICATION_CHECKS: readonly Check[] = [
  {
    id: "publicationMissing",
    severity: "error",
    sql: `SELECT name, format('CREATE PUBLICATION %I FOR TABLE …', name)
      FROM unnest(:publications) name
      WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = name)`,
    problem: "There is no publication of that name in this database",
    fix: "Create it before the slot",
  },
  {
    id: "publicationEmpty",
    severity: "error",
    sql:
      `SELECT pubname::text, format('ALTER PUBLICATION %I ADD TABLE …', pubname)
      FROM pg_publication p
      WHERE pubname = ANY (:publications) AND NOT EXISTS (
        SELECT FROM pg_publication_tables t WHERE t.pubname = p.pubname)`,
    problem: "The publication has no table, so nothing is delivered",
    fix: "Add tables to it",
  },
  {
    id: "publicationPartial",
    severity: "info",
    sql: `SELECT pubname || ' lacks' ||
        CASE WHEN NOT pubinsert THEN ' insert' ELSE '' END ||
        CASE WHEN NOT pubupdate THEN ' update' ELSE '' END ||
        CASE WHEN NOT pubdelete THEN ' delete' ELSE '' END ||
        CASE WHEN NOT pubtruncate THEN ' truncate' ELSE '' END,
      format('ALTER PUBLICATION %I SET (publish = ''insert, update, delete, truncate'')', pubname)
      FROM pg_publication
      WHERE pubname = ANY (:publications)
        AND NOT (pubinsert AND pubupdate AND pubdelete AND pubtruncate)`,
    problem: "The publication omits some kinds of changes",
    fix: "Publish them, unless this is intended",
  },
  {
    id: "publicationYounger",
    severity: "warning",
    sql: `SELECT p.pubname || ' may be younger than ' || s.slot_name, NULL
      FROM pg_publication p, pg_replication_slots s
      WHERE p.pubname = ANY (:publications) AND s.slot_name = :slot
        AND s.catalog_xmin IS NOT NULL AND age(p.xmin) <= age(s.catalog_xmin)`,
    problem:
      "Changes from before the publication end the stream (up to 17), or are omitted (18)",
    fix:
      'Create publications before slots; pass gaps: "event" to continue after such changes',
  },
  {
    id: "partitionLeaves",
    severity: "info",
    sql: `SELECT format('%s: %s', p.pubname, r.prrelid::regclass),
      format('ALTER PUBLICATION %I SET (publish_via_partition_root = true)', p.pubname)
      FROM pg_publication p
      JOIN pg_publication_rel r ON r.prpubid = p.oid
      JOIN pg_class c ON c.oid = r.prrelid
      WHERE p.pubname = ANY (:publications) AND c.relkind = 'p'
        AND NOT p.pubviaroot`,
    problem: "Changes come under the names of the partitions",
    fix: "Publish them under the name of the partitioned table",
  },
  {
    id: "identityNone",
    severity: "error",
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT ${TABLE}, ${FULL} FROM published
      WHERE needskey AND relkind <> 'p' AND relreplident <> 'f'
        AND NOT EXISTS (SELECT FROM pg_index i WHERE ${IDENTITY_INDEX})`,
    problem:
      "UPDATE and DELETE of this table fail on the server, because it is published without a replica identity",
    fix: "Add a primary key, or use the whole old row: REPLICA IDENTITY FULL",
  },
  {
    id: "identityFull",
    severity: "info",
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT ${TABLE} || ' ' || pg_size_pretty(pg_table_size(oid)),
        format('ALTER TABLE %I.%I REPLICA IDENTITY DEFAULT', schemaname, tablename)
      FROM published WHERE relreplident = 'f'`,
    problem: "The WAL contains whole old rows, and is about twice as large",
    fix:
      "Use the primary key as replica identity, unless old values are needed",
  },
  {
    id: "toastUnchanged",
    severity: "info",
    sql: `WITH ${PUBLISHED}
      SELECT ${TABLE} || ': ' || string_agg(DISTINCT attname, ', '), max(${FULL})
      FROM published JOIN pg_attribute a ON a.attrelid = published.oid
      WHERE relreplident <> 'f' AND attnum > 0 AND NOT attisdropped
        AND attstorage <> 'p'
        AND atttypid IN ('text'::regtype, 'bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'xml'::regtype)
      GROUP BY schemaname, tablename`,
    problem: "Large values that an UPDATE does not change come as UNCHANGED",
    fix:
      "Don't overwrite such columns when storing changes, or use REPLICA IDENTITY FULL",
  },
  {
    id: "filterColumns",
    severity: "error",
    since: 150000,
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT ${TABLE} || ': ' || pg_get_expr(r.prqual, r.prrelid), ${FULL}
      FROM published
      JOIN pg_publication p USING (pubname)
      JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = published.oid
      JOIN pg_depend d ON d.classid = 'pg_publication_rel'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.prrelid
      JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = d.refobjsubid
      WHERE needskey AND r.prqual IS NOT NULL AND relreplident <> 'f'
        AND a.attnum > 0
        AND strpos(pg_get_expr(r.prqual, r.prrelid), quote_ident(a.attname)) > 0
        AND NOT EXISTS (SELECT FROM pg_index i
          WHERE ${IDENTITY_INDEX} AND a.attnum = ANY (i.indkey))`,
    problem:
      "UPDATE and DELETE of this table fail on the server: the row filter uses a column outside of the replica identity",
    fix: "Use REPLICA IDENTITY FULL, or publish only inserts of this table",
  },
  {
    id: "columnList",
    severity: "error",
    since: 150000,
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT ${TABLE},
        format('ALTER PUBLICATION %I DROP TABLE %I.%I; ALTER PUBLICATION %I ADD TABLE %I.%I',
          pubname, schemaname, tablename, pubname, schemaname, tablename)
      FROM published
      JOIN pg_publication p USING (pubname)
      JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = published.oid
      WHERE needskey AND r.prattrs IS NOT NULL AND (relreplident = 'f' OR EXISTS (
        SELECT FROM pg_index i, unnest(i.indkey) k
        WHERE ${IDENTITY_INDEX} AND NOT k = ANY (r.prattrs)))`,
    problem:
      "UPDATE and DELETE of this table fail on the server: the column list lacks columns of the replica identity",
    fix: "Include the replica identity in the column list, or drop the list",
  },
  {
    id: "columnListsDiffer",
    severity: "error",
    since: 150000,
    sql:
      `SELECT format('%s: %s', prrelid::regclass, string_agg(pubname, ', ')), NULL
      FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
      WHERE p.pubname = ANY (:publications)
      GROUP BY prrelid
      HAVING count(DISTINCT coalesce(prattrs::text, '*')) > 1`,
    problem:
      "The server can't stream one table with different column lists of several publications",
    fix: "Use the same column list in all of these publications",
  },
  {
    id: "generatedColumns",
    severity: "info",
    before: 180000,
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT format('%I.%I.%I', schemaname, tablename, attname), NULL
      FROM published JOIN pg_attribute a ON a.attrelid = published.oid
      WHERE attgenerated <> '' AND NOT attisdropped`,
    problem: "Generated columns are not in the stream",
    fix:
      "Compute the value from the others, or use PostgreSQL 18, which can publish it",
  },
  {
    id: "generatedColumns",
    severity: "info",
    since: 180000,
    sql: `WITH ${PUBLISHED}
      SELECT DISTINCT format('%I.%I.%I', schemaname, tablename, attname),
        CASE WHEN attgenerated = 's' THEN
          format('ALTER PUBLICATION %I SET (publish_generated_columns = stored)', pubname)
        END
      FROM published
      JOIN pg_publication p USING (pubname)
      JOIN pg_attribute a ON a.attrelid = published.oid
      WHERE attgenerated <> '' AND NOT attisdropped
        AND NOT (attgenerated = 's' AND p.pubgencols = 's')
        AND NOT EXISTS (SELECT FROM pg_publication_rel r
          WHERE r.prpubid = p.oid AND r.prrelid = published.oid
            AND a.attnum = ANY (r.prattrs))`,
    problem: "This generated column is not in the stream",
    fix: "Publish stored generated columns; virtual ones can't be published",
  },
  {
    id: "unpublished",
    severity: "info",
    sql: `WITH ${PUBLISHED}
      SELECT format('%I.%I', n.nspname, c.relname),
        CASE WHEN EXISTS (SELECT FROM pg_index i
            WHERE i.indrelid = c.oid AND i.indisprimary) THEN
          format('ALTER PUBLICATION %I ADD TABLE %I.%I',
            (SELECT min(pubname) FROM published), n.nspname, c.relname)
        END
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND n.nspname IN (SELECT schemaname FROM published)
        AND c.oid NOT IN (SELECT oid FROM published)
        AND NOT EXISTS (SELECT FROM pg_partition_tree(c.oid) t
          WHERE t.relid IN (SELECT oid FROM published))
      ORDER BY 1 LIMIT 20`,
    problem:
      "This table is in the schema of published ones, but is not published",
    fix:
      "Add it, unless this is intended, after giving it a primary key; unlogged tables can't be published",
  },
];
