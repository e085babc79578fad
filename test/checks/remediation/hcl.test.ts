import fc from 'fast-check';
import { parse } from 'js-hcl-parser';
import { type DataObject, hcl, hclBlock } from '../../../src/checks/remediation/hcl';
import { asConsulReads, hostileText } from './hostile';

/** Consul's own HCL 1 parser, compiled to JavaScript. It answers text that is no JSON where it finds an error. */
const read = (text: string): Record<string, unknown> => JSON.parse(parse(text)) as Record<string, unknown>;

describe('HCL writer', () => {
  it('is read back by the HCL 1 parser exactly, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText(), fc.constant('a\0b')), (text) => {
        expect(read(hcl({ a: text }))).toEqual({ a: asConsulReads(text) });
      }),
      { numRuns: 300 },
    );
  });

  it('takes any text as a key, and writes one line for each member', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(), (key, value) => {
        fc.pre(key !== '__proto__');
        const text = hcl({ [key]: value, true: 1 });
        expect(read(text)).toEqual({ [asConsulReads(key)]: asConsulReads(value), true: 1 });
        expect(text.split('\n')).toHaveLength(3);
      }),
    );
  });

  it('shows no character that a terminal acts on', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(hcl({ a: { b: [text, { c: text }] } })).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('nests objects and lists', () => {
    const data: DataObject = {
      Kind: 'exported-services',
      Services: [
        { Name: 'web', Consumers: [{ Peer: 'east' }, { Peer: 'west', Extra: [1, 2.5, -3e30, true] }] },
        { Name: 'api', Consumers: [] },
      ],
      Empty: {},
      Left: undefined,
      Out: null,
    };
    // HCL 1 makes a list of every object; that is what Consul's decoders undo.
    expect(read(hcl(data))).toEqual({
      Kind: 'exported-services',
      Services: [
        { Name: 'web', Consumers: [{ Peer: 'east' }, { Peer: 'west', Extra: [1, 2.5, -3e30, true] }] },
        { Name: 'api', Consumers: [] },
      ],
      Empty: [{}],
    });
  });

  it('writes labelled blocks with any label', () => {
    fc.assert(
      fc.property(hostileText(), (label) => {
        expect(read(hclBlock('service', label, { policy: 'read' }))).toEqual({
          service: [{ [asConsulReads(label)]: [{ policy: 'read' }] }],
        });
      }),
    );
  });
});
