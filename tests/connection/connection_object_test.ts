import { assertEquals, assertRejects } from "@std/assert";
import type { ConnectionOptions } from "@walbrook/walbrook";
import { resolveConnection } from "../../src/connection/resolve_connection.ts";
import { bareEnvironment } from "./bare_environment.ts";

const TEXT = "postgres://app:s%2Fx@db.example.com:5433/shop?sslmode=disable";

class Config {
  get host(): string {
    return "db.example.com";
  }
  get port(): number {
    return 5433;
  }
  get user(): string {
    return "app";
  }
  get password(): string {
    return "s/x";
  }
  get database(): string {
    return "shop";
  }
  get sslmode(): "disable" {
    return "disable";
  }
}

const FORMS: readonly (readonly [string, string | URL | ConnectionOptions])[] =
  [
    ["a URL object", new URL(TEXT)],
    ["an instance of a class with getters", new Config()],
    ["an object that inherits its options", Object.create(new Config())],
    ["a string that ends in a newline", `${TEXT}\n`],
    ["a string with blanks around it", `  ${TEXT}\r\n`],
    [
      "keywords that end in a newline",
      "host=db.example.com port=5433 user=app password=s/x dbname=shop sslmode=disable\n",
    ],
  ];

for (const [what, connection] of FORMS) {
  Deno.test(`${what} is read whole`, async () => {
    const wanted = await resolveConnection(TEXT, bareEnvironment());
    const found = await resolveConnection(connection, bareEnvironment());
    assertEquals(found, wanted);
    assertEquals([found.user, found.database], ["app", "shop"]);
  });
}

const REFUSED: readonly (readonly [unknown, string])[] = [
  [null, "Cannot connect with null: expected a connection string"],
  [5432, "Cannot connect with a number"],
  [() => TEXT, "Cannot connect with a function"],
  [new Map([["host", "h"]]), "Cannot connect with a Map"],
  [new Date(), "Cannot connect with a Date"],
  [["postgres://h/d"], 'connection option "0": there is no such option'],
];

for (const [connection, said] of REFUSED) {
  Deno.test(`${Deno.inspect(connection)} as connection is refused`, async () => {
    await assertRejects(
      () => resolveConnection(connection as string, bareEnvironment()),
      TypeError,
      said,
    );
  });
}
