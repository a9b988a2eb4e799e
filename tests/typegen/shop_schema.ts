/** Tables with everything that a generated file can say. */
export const SHOP_SCHEMA = `
CREATE TYPE mood AS ENUM ('sad', 'so-so', 'it''s "fine"');
CREATE DOMAIN email AS text NOT NULL CHECK (VALUE LIKE '%@%');
CREATE DOMAIN grid AS int4[][];
CREATE TYPE address AS (street text, "zip code" varchar(10), moods mood[]);
CREATE TYPE pricerange AS RANGE (subtype = numeric, multirange_type_name = pricemultirange);
CREATE SCHEMA "v1.App";
CREATE TYPE "v1.App".mood AS ENUM ('on', 'off');
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer text NOT NULL,
  total numeric(10,2) NOT NULL,
  paid boolean NOT NULL DEFAULT false,
  note text,
  placed_at timestamptz NOT NULL,
  tax numeric GENERATED ALWAYS AS (total * 0.2) STORED
);
CREATE TABLE order_items (
  order_id bigint,
  line int,
  sku uuid NOT NULL,
  "data ""x""" jsonb,
  raw bytea,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE "Date" (
  "select" int,
  "1st" smallint,
  "__proto__" text,
  mail email,
  feeling mood NOT NULL,
  other "v1.App".mood,
  home address,
  homes address[] NOT NULL,
  matrix float8[][],
  grid grid,
  during tstzrange NOT NULL,
  prices pricerange,
  ranges pricemultirange,
  tags text[],
  shape box,
  "o'clock" time
);
CREATE TABLE "v1.App"."wide rows" (name text NOT NULL, body text NOT NULL UNIQUE);
ALTER TABLE "v1.App"."wide rows" REPLICA IDENTITY FULL;
CREATE TABLE coded (id int PRIMARY KEY, code text NOT NULL UNIQUE, note text);
ALTER TABLE coded REPLICA IDENTITY USING INDEX coded_code_key;
CREATE TABLE small (id int PRIMARY KEY, flag "char", code char(2), n varchar(3));
CREATE TABLE measures (at date NOT NULL, city int NOT NULL, text text, PRIMARY KEY (at, city))
  PARTITION BY RANGE (at);
CREATE TABLE measures_2026 PARTITION OF measures FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE unpublished (id int PRIMARY KEY);
CREATE PUBLICATION shop FOR TABLE orders, order_items, "Date", "v1.App"."wide rows",
  coded, small, measures WITH (publish_via_partition_root = true);
`;
