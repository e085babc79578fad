import fc from 'fast-check';
import type { AccessConfig } from '../../../src/config/config';
import { subscriptionButtons } from '../../../src/features/subscriptions/subscription-buttons';
import { handleAction } from '../../../src/slack/handle-action';
import { handleCommand } from '../../../src/slack/handle-command';
import { actions, commands } from '../../../src/app/listeners';
import { parseSubscribe } from '../../../src/features/subscriptions/parse-subscription';
import { splitWords } from '../../../src/slack/split-words';
import { actorOf, requestBy, configOf, fakeTools, noLimit, ownedBy } from '../../slack/support';

const checkIds = ['mesh-gateway-mode', 'mesh-gateway-healthy', 'peering-active'];
const parse = (text: string) => parseSubscribe(splitWords(text), checkIds);
const usual = { severity: 'warning', check: null, peer: null, everyMs: 300_000, broadcast: true };

describe('what people say to subscribe', () => {
  it.each([
    ['', {}],
    ['severity:error', { severity: 'error' }],
    ['check:mesh-* every 10m', { check: 'mesh-*', everyMs: 600_000 }],
    ['broadcast:OFF', { broadcast: false }],
    ['every:1h peer:west Severity:Warning', { everyMs: 3_600_000, peer: 'west' }],
  ])('reads %j', (text, filters) => {
    expect(parse(text)).toEqual({ ok: true, value: { ...usual, ...filters } });
  });

  it.each([
    ['severity:info', 'is not a severity'],
    ['check:mesh-gatway-mode', 'did you mean "mesh-gateway-mode"'],
    ['peer:We_st', 'is not a valid peering name'],
    ['broadcast:maybe', 'neither on nor off'],
    ['every 30s', 'from 1m'],
    ['every 2d', 'to 24h'],
    ['every', 'is not an interval'],
    ['chek:mesh-*', 'did you mean "check"'],
    ['mesh-*', 'is not a filter'],
    ['peer:a peer:b', 'given twice'],
    ['constructor:x', 'is not a filter'],
  ])('says what is wrong with %j', (text, part) => {
    expect(parse(text)).toMatchObject({ ok: false, error: expect.stringContaining(part) });
  });

  it('answers whatever is said', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('every', 'check:', 'peer:x'))), (words) => {
        const said = parseSubscribe(words, checkIds);
        if (!said.ok) expect(said.error.length).toBeLessThan(250);
      }),
    );
  });
});

describe('subscribing', () => {
  const granted: AccessConfig = {
    restrict: false,
    grants: [
      { allow: ['subscribe', 'unsubscribe', 'subscriptions'], users: ['UMEMBER'], clusters: ['prod-*'] },
    ],
  };
  const owners = ownedBy({
    'prod-east': { name: 'payments', labels: { 'a/b': 'x' } },
    staging: { name: 'secret' },
  });
  const open = () => {
    const { tools, queued, recorded } = fakeTools({ config: { ...configOf(granted), owners } });
    const give = async (text: string, channel = 'C1') => {
      const request = requestBy(actorOf('UMEMBER', 'T1', channel));
      const { reply, after } = await handleCommand(text, request, commands, tools, noLimit);
      return (reply ?? (await after?.()))?.text ?? '';
    };
    return { tools, queued, recorded, give };
  };

  it('stores it, has the first poll queued, and notes it down', async () => {
    const { tools, queued, recorded, give } = open();
    await give('subscribe prod-east severity:error');
    expect(await tools.subscriptions.all()).toMatchObject([
      { cluster: 'prod-east', channel: 'C1', owner: 'UMEMBER', severity: 'error' },
    ]);
    expect(queued).toMatchObject([
      {
        job: 'poll-subscription',
        payload: { cluster: 'prod-east', channel: 'C1' },
        key: 'watch/C1/prod-east',
      },
    ]);
    expect(recorded).toMatchObject([{ action: 'subscribe', person: 'UMEMBER', cluster: 'prod-east' }]);
  });

  it('stores the selector of an owner or a label, lists and ends it', async () => {
    const { tools, queued, give } = open();
    await give('subscribe owner:payments');
    await give('subscribe label:a/b=x');
    expect((await tools.subscriptions.all()).map(({ cluster }) => cluster)).toEqual([
      'owner:payments',
      'label:a/b=x',
    ]);
    // BullMQ allows no colon in ids.
    expect(queued.map(({ key }) => key)).toEqual(['watch/C1/owner%3Apayments', 'watch/C1/label%3Aa/b=x']);
    expect(await give('subscriptions')).toContain('2 subscriptions');
    await give('unsubscribe owner:payments');
    expect((await tools.subscriptions.all()).map(({ cluster }) => cluster)).toEqual(['label:a/b=x']);
  });

  it('answers about an owner of hidden clusters as about none, and suggests what was meant', async () => {
    const { tools, give } = open();
    const none = await give('subscribe owner:nobody');
    expect((await give('subscribe owner:secret')).replace('secret', 'nobody')).toBe(none);
    expect(await give('subscribe owner:paymens')).toContain('owner:payments');
    await give('subscribe owner:payments');
    const [one] = await tools.subscriptions.all();
    await tools.subscriptions.put({ ...one!, owner: 'UOTHER', cluster: 'owner:secret' }, 0);
    expect(await give('subscriptions')).toContain('1 subscription');
    const absent = await give('unsubscribe owner:nobody');
    expect((await give('unsubscribe owner:secret')).replace('secret', 'nobody')).toBe(absent);
    expect(await tools.subscriptions.all()).toHaveLength(2);
  });

  it('has one of a cluster and channel, and says that it replaced it', async () => {
    const { tools, give } = open();
    await give('subscribe prod-east');
    await give('subscribe prod-east check:mesh-*');
    await give('subscribe prod-east', 'C2');
    const all = await tools.subscriptions.all();
    expect(all.map(({ channel, check }) => [channel, check])).toEqual([
      ['C1', 'mesh-*'],
      ['C2', null],
    ]);
  });

  it('ends it by command and by button, in that channel only', async () => {
    const { tools, recorded, give } = open();
    await give('subscribe prod-east');
    await give('subscribe prod-west');
    expect(await give('unsubscribe prod-east', 'C2')).toContain('not subscribed to');
    await give('unsubscribe prod-east');
    const value = subscriptionButtons.end.encode({ cluster: 'prod-west' });
    const modals = { open: async () => 'V1', fill: async () => undefined };
    const click = { actionId: subscriptionButtons.end.id, value };
    await handleAction(click, requestBy(actorOf('UMEMBER')), actions, tools, modals, noLimit);
    expect(await tools.subscriptions.all()).toEqual([]);
    expect(recorded.map(({ action }) => action)).toEqual([
      'subscribe',
      'subscribe',
      'unsubscribe',
      'unsubscribe',
    ]);
  });

  it('lists what the person may see: of the channel, and their own elsewhere', async () => {
    const { give } = open();
    await give('subscribe prod-east');
    await give('subscribe prod-west', 'C2');
    expect(await give('subscribe staging')).toContain('You are not allowed');
    expect(await give('subscriptions')).toContain('1 subscription');
    expect(await give('subscriptions', 'C3')).toContain('has no subscriptions');
  });

  it('takes fifty in a channel, and lets those be changed', async () => {
    const { tools, give } = open();
    await give('subscribe prod-east');
    const [one] = await tools.subscriptions.all();
    for (let at = 0; at < 49; at += 1) {
      await tools.subscriptions.put({ ...one!, cluster: `other-${at}` }, 0);
    }
    expect(await give('subscribe prod-west')).toContain('maximum number of subscriptions');
    expect(await give('subscribe prod-east check:mesh-*')).toContain('is subscribed to');
  });
});
