import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { exampleGateway, exampleIntentions, exampleSidecar } from '../../../src/checks/examples/parts';
import { traceService } from '../../../src/checks/trace';
import { renderTrace } from '../../../src/features/trace/trace.message';
import { traceButtons } from '../../../src/features/trace/trace-buttons';
import { renderTraceText } from '../../../src/render/trace';
import { messageRoom } from '../../../src/render/slack/limits';
import type { Trace } from '../../../src/report/trace';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { twoClusters } from '../../checks/two-clusters';
import { snapshotOf } from '../../checks/world';
import { expectMessage, outline, requester } from '../../render/slack/held';

const traceIn = (snapshot: Snapshot, destination = 'billing'): Trace => {
  const traced = traceService(snapshot, { service: 'web', destination });
  if (!traced.ok) throw new Error(traced.error);
  return traced.value;
};

const denied = twoClusters(
  {},
  { intentions: [exampleIntentions([{ name: '*', peer: 'east', action: 'deny' }], 'billing')] },
);
const loopback = twoClusters(
  {},
  {
    gateways: [
      exampleGateway({ service: { TaggedAddresses: { wan: { Address: '127.0.0.1', Port: 8443 } } } }),
    ],
  },
);

const traces: Readonly<Record<string, Trace>> = {
  whole: traceIn(twoClusters()),
  'whole, with a risk': traceIn(loopback),
  denied: traceIn(denied),
  'consumer down': traceIn(twoClusters({ sidecars: [exampleSidecar(undefined, { failing: ['alive'] })] })),
  'other side not configured': traceIn(snapshotOf()),
};

const options = {
  requestedBy: requester,
  peer: null,
  rationale: () => 'Without it calls fail.',
  blocks: 'rich',
} as const;

describe('a trace in Slack', () => {
  test.each(Object.entries(traces))('%s', (_, trace) => {
    for (const blocks of ['rich', 'basic'] as const) {
      const message = renderTrace(trace, { ...options, blocks });
      expectMessage(message, messageRoom);
      expect(outline(message.blocks)).toMatchSnapshot();
    }
  });

  test('a button follows the same call again', () => {
    const { blocks } = renderTrace(traceIn(denied), { ...options, peer: 'west' });
    const values = JSON.stringify(blocks);
    const value = traceButtons.runAgain.encode({
      cluster: 'prod-east',
      service: 'web',
      destination: 'billing',
      peer: 'west',
    });
    expect(values).toContain(JSON.stringify(value).slice(1, -1));
  });

  test('any names and details fit into one message', () => {
    const text = fc.oneof(fc.string({ minLength: 1, maxLength: 400 }), fc.constant('&<*`'.repeat(500)));
    fc.assert(
      fc.property(text, text, text, (name, detail, value) => {
        const trace = traceIn(denied);
        const hostile: Trace = {
          ...trace,
          consumer: { cluster: name, service: name },
          destination: { cluster: name, peer: name, service: name },
          hops: trace.hops.map((hop) => ({
            ...hop,
            cluster: name,
            detail,
            caution: detail,
            evidence: [{ endpoint: name, path: name, value }],
            finding: hop.finding && { ...hop.finding, message: detail, subject: { kind: name, name } },
          })),
          others: Array.from({ length: 30 }, () => ({ path: name, reachable: 'no' as const })),
        };
        for (const blocks of ['rich', 'basic'] as const)
          expectMessage(renderTrace(hostile, { ...options, blocks }), messageRoom);
        // Text of a cluster cannot move the cursor.
        expect(renderTraceText(hostile, { colour: false, width: 80 })).not.toMatch(/[\u0007\u001b\r]/u);
      }),
    );
  });
});

describe('a trace at a terminal', () => {
  test.each(Object.entries(traces))('%s', (_, trace) => {
    expect(renderTraceText(trace, { colour: false, width: 80 })).toMatchSnapshot();
    // Colours take no columns.
    for (const width of [30, 80])
      expect(stripVTControlCharacters(renderTraceText(trace, { colour: true, width }))).toBe(
        renderTraceText(trace, { colour: false, width }),
      );
  });
});
