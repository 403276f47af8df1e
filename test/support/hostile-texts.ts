import fc from 'fast-check';

/** Line breaks, controls and bidirectional controls: with any of these a line can be forged. */
export const FORGING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** Texts full of what must not come through. */
export const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...Array.from('\r\n\t\v\f\0\u001b\u007f\u0085\u2028\u2029\u202a\u202e\u2066\u2069\u200e'),
        ...Array.from('\u061c\u200b\ufeff\u00ad\u2060\u206a\ufff9\ud800\udfff'),
        '\u{e0041}',
        'Tier: ',
        'a',
        ' ',
        '\u00a0',
        '\u3000',
        '👩‍👩‍👧',
        '</b>',
      ),
    )
    .map((parts) => parts.join('')),
);
