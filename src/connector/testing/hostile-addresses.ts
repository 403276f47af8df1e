/** Addresses that a lazy query, filter or split would get wrong. All are within 254 characters. */
export function hostileAddresses(known: string): readonly string[] {
  const at = known.lastIndexOf('@');
  const [local, domain] = [known.slice(0, at), known.slice(at + 1)];
  return [
    // wildcards and parts that would match the known person
    `%@${domain}`,
    `_${local.slice(1)}@${domain}`,
    `${local.slice(0, -1)}_@${domain}`,
    `*@${domain}`,
    `${local.slice(1)}@${domain}`,
    `x${local}@${domain}`,
    `${local}@${domain}.evil.example`,
    `${local}@${domain.slice(1)}`,
    `${local}+tag@${domain}`,
    // quotes, escapes and the syntax of queries, JSON, CSV and templates
    `o'brien@nowhere.example`,
    `a\\'b@nowhere.example`,
    `a\\@nowhere.example`,
    `'or'1'='1@nowhere.example`,
    `{x}@nowhere.example`,
    `{{x}}@nowhere.example`,
    `a,b@nowhere.example`,
    `a;b@nowhere.example`,
    `x,${known}`,
    `x;${known}`,
    `x' or '${known}`,
    `"a b"@nowhere.example`,
    `a&b=c@nowhere.example`,
    `a#b?c/d@nowhere.example`,
    `a%00b@nowhere.example`,
    `$where@nowhere.example`,
    `__proto__@nowhere.example`,
    `constructor@nowhere.example`,
    // other scripts, and the longest there is
    `müller@nowhere.example`,
    `用户@nowhere.example`,
    `🙂@nowhere.example`,
    `${'a'.repeat(238)}@nowhere.example`,
  ];
}
