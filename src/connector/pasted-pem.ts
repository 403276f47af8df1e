/** Restores the line breaks of pasted keys and certificates. */
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/gs;
const LINE = /.{1,64}/g;

/**
 * @param text one or more PEM blocks, as an environment variable may hold them: on one line, with `\n`
 *   instead of line breaks, in quotes, or the whole in base64.
 * @returns the blocks with line breaks; `text` itself when it has none, or some with headers.
 */
export function readPem(text: string): string {
  const plain = text.includes('-----BEGIN ') ? text : Buffer.from(text, 'base64').toString();
  const blocks = [...plain.matchAll(PEM)].map(([, label = '', body = '']) => {
    const base64 = body.replace(/\\r|\\n|\s/g, '');
    const lines = base64.match(LINE) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
  });
  const isPlain = blocks.length > 0 && !blocks.some((block) => block.includes(':'));
  return isPlain ? blocks.join('') : text;
}
