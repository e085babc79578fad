import type { TlsRange } from '../../src/paths/model';
import { agreedVersion, rangeThatConnects, tlsWords } from '../../src/paths/tls-versions';

const range = (min: string, max: string): TlsRange => ({ min, max });

/** Ranges of a caller and of what it calls, and the range of the caller that connects. */
const rows: readonly (readonly [string, TlsRange, TlsRange, TlsRange])[] = [
  ['TLS 1.3 alone is accepted', range('', ''), range('TLSv1_3', ''), range('', 'TLSv1_3')],
  ['the caller stops at 1.2', range('', 'TLSv1_2'), range('TLSv1_3', ''), range('', 'TLSv1_3')],
  ['the caller begins at 1.3', range('TLSv1_3', ''), range('', 'TLSv1_2'), range('TLSv1_2', '')],
  [
    'the caller begins above the end of the others',
    range('TLSv1_3', 'TLSv1_3'),
    range('', 'TLSv1_2'),
    range('TLSv1_2', 'TLSv1_3'),
  ],
  ['they meet', range('TLSv1_2', 'TLSv1_2'), range('', ''), range('TLSv1_2', 'TLSv1_2')],
  ['they meet in 1.3 alone', range('TLSv1_3', 'TLSv1_3'), range('', ''), range('TLSv1_3', 'TLSv1_3')],
  ['nothing is set', range('', ''), range('', ''), range('', '')],
];

it.each(rows)('changes a caller as little as connects: %s', (_, caller, acceptor, expected) => {
  const changed = rangeThatConnects(caller, acceptor);
  expect(changed).toEqual(expected);
  expect(agreedVersion(changed, acceptor)).toBeDefined();
});

it('says when a range has no version', () => {
  const isEmpty = (min: string, max: string): boolean => tlsWords(range(min, max), 'calls').startsWith('no ');
  expect([
    isEmpty('TLSv1_3', 'TLSv1_2'),
    isEmpty('TLSv1_3', ''),
    isEmpty('TLSv1_2', 'TLSv1_2'),
    isEmpty('TLSv1_2', 'TLSv1_3'),
  ]).toEqual([true, true, false, false]);
});
