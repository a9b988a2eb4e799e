import { parseConnectionString } from "../../src/connection/connection_string.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";

// What PQconninfoParse() of libpq makes of the same strings.
const READ: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["", {}],
  [" \t\n", {}],
  ["host=h port=1", { host: "h", port: "1" }],
  ["host = h\n port =1 ", { host: "h", port: "1" }],
  ["host=a host=b", { host: "b" }],
  ["user='a b' dbname=''", { user: "a b", dbname: "" }],
  [`password='it\\'s \\\\ \\x'`, { password: "it's \\ x" }],
  ["password=a\\ b\\'c", { password: "a b'c" }],
  ["password=a'b", { password: "a'b" }],
  ["password=a=b", { password: "a=b" }],
  ["password=a\\", { password: "a" }],
  ["user='a'dbname=d", { user: "a", dbname: "d" }],
  ["user=\u00a0", { user: "\u00a0" }],
  ["port=", { port: "" }],
  // The blank after "=" belongs to the sign, so this is the value of port.
  ["port= dbname=d", { port: "dbname=d" }],

  ["postgres://", {}],
  ["postgresql://h", { host: "h" }],
  ["postgres://h:1/d", { host: "h", port: "1", dbname: "d" }],
  ["postgres://h:/", { host: "h" }],
  ["postgres:///d", { dbname: "d" }],
  ["postgres://h/a/b", { host: "h", dbname: "a/b" }],
  ["postgres://h/d#x", { host: "h", dbname: "d#x" }],
  ["postgres://u@h", { user: "u", host: "h" }],
  ["postgres://u:password@h", { user: "u", password: "password", host: "h" }],
  ["postgres://u:[x1]@h", { user: "u", password: "[x1]", host: "h" }],
  ["postgres://u:p:q@h", { user: "u", password: "p:q", host: "h" }],
  ["postgres://:p@h", { password: "p", host: "h" }],
  ["postgres://u:@", { user: "u" }],
  ["postgres://u:p?x@h", { user: "u", password: "p?x", host: "h" }],
  ["postgres://u%40x:%C3%A9%2F@h", {
    user: "u@x",
    password: "é/",
    host: "h",
  }],
  ["postgres://a+b@h", { user: "a+b", host: "h" }],
  ["postgres://[::1]:1/d", { host: "::1", port: "1", dbname: "d" }],
  ["postgres://[fe80::1%25eth0]", { host: "fe80::1%eth0" }],
  ["postgres://%2Frun%2Fpg:1/d", { host: "/run/pg", port: "1", dbname: "d" }],
  ["postgres:///d?host=/run/pg", { host: "/run/pg", dbname: "d" }],
  ["postgres://h?host=i&port=2", { host: "i", port: "2" }],
  ["postgres://h:1,i:2", { host: "h,i", port: "1,2" }],
  // Commas without ports, so that PGPORT does not count.
  ["postgres://h,i", { host: "h,i", port: "," }],
  ["postgres:// h /d ", { host: "h", dbname: "d" }],
  ["postgres://h/d?", { host: "h", dbname: "d" }],
  ["postgres://h?user=u%26v&", { host: "h", user: "u&v" }],
  ["postgres://h?options=-c%20a%3Db", { host: "h", options: "-c a=b" }],
  ["postgres://h?ssl=true", { host: "h", sslmode: "require" }],
  ["postgres://h?ssl=false", { host: "h", ssl: "false" }],
];

for (const [text, keywords] of READ) {
  Deno.test(`parseConnectionString() reads ${JSON.stringify(text)}`, () => {
    assertEquals(Object.fromEntries(parseConnectionString(text)), keywords);
  });
}

const REFUSED: readonly (readonly [string, string])[] = [
  ["localhost", 'no keyword with "=" at character 1'],
  ["host=h shop", 'no keyword with "=" at character 8'],
  ["=h", 'no keyword with "=" at character 1'],
  ["password=a s3cret", 'no keyword with "=" at character 12'],
  ["password='s3cret", "begins at character 10 has no end"],
  ["password='s3cret\\'", "begins at character 10 has no end"],
  ["password= 's3cret", "begins at character 11 has no end"],
  ["http://h/d=s3cret x", "another scheme"],
  ["postgres://u:s3cret@x@h", "no host and port"],
  ["postgres://[::1", "no host and port"],
  ["postgres://u@::1/d", "an IPv6 address in square brackets"],
  ["postgres://u@fe80::1:5432/d", "an IPv6 address in square brackets"],
  ["postgres://[]", "no host and port"],
  ["postgres://[::1]x", "no host and port"],
  ["postgres://u:s3cret%@h", '"%" in it'],
  ["postgres://u:s3cret%zz@h", '"%" in it'],
  ["postgres://u:s3cret%00@h", '"%" in it'],
  ["postgres://u:s3cret%ff@h", '"%" in it'],
  ["postgres://u:s3cret x@h", "a blank in the middle"],
  ["postgres://h?&user=u", 'parameter needs exactly one "="'],
  ["postgres://u:a/b?s3cret@h/d", 'parameter needs exactly one "="'],
  ["postgres://h?user", 'parameter needs exactly one "="'],
  ["postgres://h?password=s3cret=x", "parameter needs exactly one"],
  // What consoles show in place of the password.
  ...[
    ...["[YOUR-PASSWORD]", "<password>", "YOUR_PASSWORD", "[password]"],
    ...[
      "{password}",
      "%5BYOUR-PASSWORD%5D",
      "[YOUR PASSWORD]",
      "<db_password>",
    ],
  ].map((text) =>
    [
      `postgres://u:${text}@h/d`,
      "the password is still a placeholder",
    ] as const
  ),
  ["password=[YOUR-PASSWORD]", "the password is still a placeholder"],
  ["password='<password>'", "the password is still a placeholder"],
  [
    "postgres://u:s3cret@db.[PROJECT-REF].example.com",
    "the host is still a placeholder",
  ],
  ["postgres://u:s3cret@[YOUR-HOST]:5432/d", "the host is still a placeholder"],
];

for (const [text, problem] of REFUSED) {
  Deno.test(`parseConnectionString() refuses ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseConnectionString(text), SyntaxError);
    assert(error.message.includes(problem), error.message);
    assert(!error.message.includes("s3cret"), "the password is told");
  });
}

Deno.test("parseConnectionString() takes a password that a tutorial proposes", () => {
  for (const password of ["your_password", "yourpassword", "password"]) {
    const keywords = parseConnectionString(`postgres://u:${password}@h/d`);
    assertEquals(keywords.get("password"), password);
  }
});
