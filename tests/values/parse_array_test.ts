import { assertEquals, assertThrows } from "@std/assert";
import { asText } from "../../src/values/codec/as_text.ts";
import { parseArray } from "../../src/values/text/parse_array.ts";

const ARRAYS: readonly [string, string, unknown][] = [
  ["no element", "{}", []],
  ["one element", "{a}", ["a"]],
  ["NULL in any case", "{NULL,null,Null}", [null, null, null]],
  ["the text NULL", '{"NULL","null"}', ["NULL", "null"]],
  ["text that begins with NULL", "{NULLS,NUL}", ["NULLS", "NUL"]],
  ["empty text", '{"",""}', ["", ""]],
  ["delimiters, braces and blanks", '{"a,b","{c}"," d "}', [
    "a,b",
    "{c}",
    " d ",
  ]],
  ["quotes and backslashes", '{"a\\"b","c\\\\d","\\\\","\\""}', [
    'a"b',
    "c\\d",
    "\\",
    '"',
  ]],
  ["lines", '{"a\nb\tc"}', ["a\nb\tc"]],
  ["letters of all lengths", "{ä,€,😀}", ["ä", "€", "😀"]],
  ["blanks inside of elements", "{a b,c}", ["a b", "c"]],
  ["bounds", "[0:1]={a,b}", ["a", "b"]],
  ["bounds of two dimensions", "[-2:-1][5:6]={{a,b},{c,d}}", [
    ["a", "b"],
    ["c", "d"],
  ]],
  ["six dimensions", "{{{{{{a}}}}}}", [[[[[["a"]]]]]]],
  ["NULL beside a nested array", "{{a,NULL},{NULL,b}}", [
    ["a", null],
    [null, "b"],
  ]],
];

for (const [name, text, expected] of ARRAYS) {
  Deno.test(`parseArray() reads ${name}`, () => {
    assertEquals(parseArray(text, asText), expected);
  });
}

Deno.test("parseArray() takes another delimiter", () => {
  assertEquals(
    parseArray('{(1,1),(0,0);"a;b";NULL}', asText, { delimiter: ";" }),
    ["(1,1),(0,0)", "a;b", null],
  );
});

Deno.test("parseArray() reads elements with the function it is given", () => {
  const texts: string[] = [];
  parseArray('{{a,"b\\"c"},{NULL,d}}', (text) => texts.push(text));
  assertEquals(texts, ["a", 'b"c', "d"]);
});

Deno.test("parseArray() lets through what that function throws", () => {
  const thrown = new RangeError("no");
  const error = assertThrows(() =>
    parseArray("{a}", () => {
      throw thrown;
    })
  );
  assertEquals(error, thrown);
});

for (
  const text of [
    "",
    "a",
    "a}",
    "ab}",
    "{",
    "}",
    "{a",
    "{a,",
    "{a,}",
    "{,a}",
    "{,}",
    "{a}b",
    "{a}}",
    "{a}{b}",
    "{{a}",
    "{{a},",
    "{a{b}",
    "{a{b}}",
    '{a"b"}',
    '{"a"b}',
    '{"a}',
    '{"a\\"}',
    '{"a\\',
    "{a\\}",
    "[0:1]",
    "[0:1]{a,b}",
    "[0:1]=a",
    "[0]={a}",
    "{{{{{{{a}}}}}}}",
    "{".repeat(100_000),
  ]
) {
  Deno.test(`parseArray() refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
    assertThrows(
      () => parseArray(text, asText),
      SyntaxError,
      "Cannot parse",
    );
  });
}
