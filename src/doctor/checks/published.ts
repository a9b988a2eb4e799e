/** A common table expression: the published tables, one row for each publication. */
export const PUBLISHED = `published AS (
  SELECT p.pubname, p.pubupdate OR p.pubdelete AS needskey,
    t.schemaname, t.tablename,
    c.oid, c.relreplident, c.relkind, c.relrowsecurity
  FROM pg_publication p
  JOIN pg_publication_tables t USING (pubname)
  JOIN pg_namespace n ON n.nspname = t.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
  WHERE p.pubname = ANY (:publications))`;

/** The index of a published table's REPLICA IDENTITY. */
export const IDENTITY_INDEX = `i.indrelid = published.oid AND CASE relreplident
    WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident
    ELSE false END`;
