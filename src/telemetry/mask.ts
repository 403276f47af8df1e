/**
 * A connector's own words, for the operator's eyes: without what looks like an address, a key or a token. The
 * bridge's own connectors put none of these into messages; those of third parties might.
 */
export function redactText(text: string): string {
  const short = text.slice(0, LONGEST).replace(/\s+/gu, ' ');
  return PATTERNS.reduce((masked, [pattern, instead]) => masked.replace(pattern, instead), short);
}

const LONGEST = 500;
const NAME = '[\\w-]*(?:key|token|secret|passw|pwd|signature|assertion|cookie)[\\w-]*';

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[^\s,;"']+/gi, '$1 …'],
  [new RegExp(`(${NAME}=)[^\\s&,;"']+`, 'gi'), '$1…'],
  [new RegExp(`("${NAME}"\\s*:\\s*")[^"]*`, 'gi'), '$1…'],
  [/(cookie|authorization):.*/gi, '$1: …'],
  [/[^\s<>"'(,;=]+@[^\s<>"'),;]+/g, '…'],
  // long and mixed, as only tokens are
  [/(?=[\w+!.-]*\d)(?=[\w+!.-]*[A-Za-z])[\w+!.-]{24,}={0,2}/g, '…'],
];
