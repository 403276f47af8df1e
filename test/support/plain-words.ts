/** Words that are not used in src/ and connectors/, and what is said instead. */
export interface PlainWord {
  /** Matched against a line in lower case, with camelCase and CONSTANT_CASE taken apart. */
  readonly pattern: RegExp;
  readonly say: string;
}

export const PLAIN_WORDS: readonly PlainWord[] = [
  { pattern: /\bnobody\b|\bno one\b/, say: 'what is absent: "no request", "unknown", "unused"' },
  { pattern: /\b(somebody|someone|anybody|whom|whoever)\b/, say: 'who: "a caller", "a person"' },
  { pattern: /\b(told|tells?|untold)\b/, say: '"reported", "report"' },
  { pattern: /\bstrangers?\b/, say: '"unknown address", "unknown client"' },
  { pattern: /\banew\b/, say: '"again", "newly"' },
  { pattern: /\bmend(s|ed|ing)?\b/, say: '"fix"' },
  { pattern: /\b(im)?patien(ce|t)\b/, say: '"timeout"' },
  { pattern: /\bhurr(y|ies|ied)\b/, say: '"stop waiting"' },
  { pattern: /\bconceal(s|ed|ing)?\b/, say: '"redact"' },
  { pattern: /\bformer\b/, say: '"previous"' },
  { pattern: /\bleft alone\b/, say: '"circuit open", "not called"' },
  { pattern: /\bmakes? no sense\b|\bnonsense\b/, say: '"invalid"' },
  { pattern: /\b(comes?|came) into being\b/, say: '"is created"' },
  { pattern: /\bno further words\b/, say: '"unexpected argument"' },
  {
    pattern: /\b(is|are|was) (not )?(un)?well( again)?\b/,
    say: 'what it does: "HubSpot returned 503"',
  },
  { pattern: /\bno complete answer\b/, say: 'what is missing' },
  { pattern: /\bof (one's|its|their|his|her|your|our) own\b/, say: '"separate", "its"' },
  { pattern: /\bof whatever\b/, say: '"any"' },
];

/** @returns the words found in a line, each with what to say instead. */
export function wordsIn(line: string): readonly { readonly word: string; readonly say: string }[] {
  const text = line
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return PLAIN_WORDS.flatMap(({ pattern, say }) => {
    const word = pattern.exec(text)?.[0];
    return word === undefined ? [] : [{ word, say }];
  });
}
