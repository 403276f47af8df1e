/** Words that src/ and connectors/ do not use, and what to say instead. */
const REPLACEMENTS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(nobody|no one)\b/, 'what is missing, such as "no request" or "unknown"'],
  [/\b(somebody|someone|anybody|whoever|whom)\b/, 'who it is, such as "a caller" or "a person"'],
  [/\b(un)?told\b|\btells?\b/, '"reported", "report"'],
  [/\bstrangers?\b/, '"unknown address", "unknown client"'],
  [/\banew\b/, '"again", "newly"'],
  [/\bmend(s|ed|ing)?\b/, '"fix"'],
  [/\b(im)?patien(ce|t)\b/, '"timeout"'],
  [/\bhurr(y|ies|ied)\b/, '"stop waiting"'],
  [/\bconceal(s|ed|ing)?\b/, '"redact"'],
  [/\bformer\b/, '"previous"'],
  [/\bleft alone\b/, '"circuit open", "not called"'],
  [/\bmakes? no sense\b|\bnonsense\b/, '"invalid"'],
  [/\b(comes?|came) into being\b/, '"is created"'],
  [/\bno further words\b/, '"unexpected argument"'],
  [/\b(is|are|was) (not )?(un)?well( again)?\b/, 'what happens, such as "HubSpot returned 503"'],
  [/\bno complete answer\b/, 'what is missing'],
  [/\bof (one's|its|their|his|her|your|our) own\b/, '"separate", or leave it out'],
  [/\bof whatever\b/, '"any"'],
  [/\bcontract, section\b/, 'the page of docs/, or leave it out'],
  [/\bstands? for\b/, '"is", "matches", "takes the place of"'],
  [/\b(goes|go|going) on\b/, '"continues", "follows"'],
  [/\b(refreshed|loaded|loads) behind\b/, '"in the background"'],
];

export interface HouseWord {
  readonly word: string;
  readonly instead: string;
}

/** @returns the words in a line of code or prose, also as parts of names; addresses do not count. */
export function houseWordsIn(line: string): readonly HouseWord[] {
  const text = line
    .replace(/[\w.+-]+@[\w.-]+/g, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return REPLACEMENTS.flatMap(([pattern, instead]) => {
    const word = pattern.exec(text)?.[0];
    return word === undefined ? [] : [{ word, instead }];
  });
}
