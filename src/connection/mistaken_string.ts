/** Forms that connection strings come in elsewhere, and what to write instead. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [
    /^["'`\u2018-\u201d]/,
    "it begins with a quotation mark; remove the quotes around it",
  ],
  [
    /^jdbc:/i,
    'it is a JDBC URL; begin with "postgres://", and put user and password before the host: postgres://USER:PASSWORD@HOST/DATABASE',
  ],
  [
    /^psql\s/,
    "it begins with the command psql; pass only what follows it",
  ],
  [
    /^(?:export\s+)?\w+\s*=\s*["']?postgres/i,
    'it begins with the name of a variable; pass only what follows "="',
  ],
  [
    /^postgres(?:ql)?:\/\//i,
    'the scheme of a URL is written in lower case: "postgres://"',
  ],
  [
    /^[a-z][\w+.-]*:\/\//i,
    'it has another scheme; a URL begins with "postgres://" or "postgresql://"',
  ],
  [
    /^postgres(?:ql)?[:/]/i,
    'the scheme is not complete; a URL begins with "postgres://" or "postgresql://"',
  ],
  [
    /^(?:\/\/|[^\s=']+@)/,
    'it has no scheme; a URL begins with "postgres://" or "postgresql://"',
  ],
  [
    /^\w+=[^'\s]*(?:;\s*[\w ]+|,\w+)=/,
    'its parts are separated by ";" or ","; separate them by blanks: host=HOST dbname=DATABASE',
  ],
];

/**
 * Explains what is wrong with a string that is neither a URL nor made of keywords.
 *
 * @param text The connection string, without blanks around it.
 * @returns What is wrong and what to do, without a word of the string; `null` if it has none
 * of the known forms.
 */
export function explainMistake(text: string): string | null {
  const form = FORMS.find(([pattern]) => pattern.test(text));
  return form?.[1] ?? null;
}
