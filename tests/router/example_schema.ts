/** The tables of the three example programs. */
export const EXAMPLE_SCHEMA = `
CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, total numeric NOT NULL);
CREATE TABLE outbox (id uuid PRIMARY KEY, topic text NOT NULL, payload jsonb NOT NULL);
CREATE TABLE articles (id int PRIMARY KEY, title text NOT NULL, body text NOT NULL,
  published_at timestamptz);
ALTER TABLE articles ALTER body SET STORAGE EXTERNAL;
CREATE PUBLICATION examples FOR TABLE orders, outbox, articles;
`;

/** Changes for them: the body of the article is stored out of line. */
export const EXAMPLE_CHANGES = `
INSERT INTO orders VALUES (1, 'Ada', 1.50), (2, 'Bob', 2);
UPDATE orders SET total = 3.25 WHERE id = 2;
DELETE FROM orders WHERE id = 1;
INSERT INTO outbox VALUES ('01890a5d-ac96-774b-bcce-b302099a8057', 'paid', '{"order": 2}');
INSERT INTO articles VALUES (7, 'Rivers', repeat('Walbrook ', 2000), '2026-01-02 03:04:05Z');
UPDATE articles SET title = 'Lost rivers';
`;
