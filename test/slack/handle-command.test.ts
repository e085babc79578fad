import fc from 'fast-check';
import { checkUsage } from '../../src/features/check/check-usage';
import { renderFailure } from '../../src/render/slack/failure';
import type { Message } from '../../src/render/slack/limits';
import { formButton } from '../../src/slack/form-buttons';
import { handleCommand } from '../../src/slack/handle-command';
import { commands } from '../../src/app/listeners';
import { actorOf, requestBy, configOf, type FakeOptions, fakeTools, noLimit } from './support';

const member = actorOf('UMEMBER');

const give = async (text: string, options: FakeOptions = {}, actor = member) => {
  const { tools, queued } = fakeTools(options);
  const handled = await handleCommand(text, requestBy(actor), commands, tools, noLimit);
  return { ...handled, queued, tools };
};
const failure = (...args: Parameters<typeof renderFailure>): Message => renderFailure(...args);

describe('handleCommand', () => {
  it('queues a check with who asked and where, and leaves the answer to the job', async () => {
    const { reply, after, queued } = await give('check prod-east west');
    expect(reply ?? after).toBeUndefined();
    expect(queued).toEqual([
      {
        job: 'check-cluster',
        id: 'request-1',
        // Slack was not asked yet, so it joins nothing.
        key: undefined,
        payload: {
          cluster: 'prod-east',
          peer: 'west',
          channel: 'C1',
          user: 'UMEMBER',
          team: 'T1',
          responseUrl: 'https://slack.example/respond',
        },
      },
    ]);
  });

  it.each(['CHECK prod-east', '\u201ccheck\u201d "prod-east"', ' check\u00a0prod-east\n'])(
    'reads %j as a check of the whole cluster',
    async (text) => {
      const { queued } = await give(text);
      expect(queued[0]?.payload).toMatchObject({ cluster: 'prod-east', peer: null });
    },
  );

  it('says that it could not queue', async () => {
    const { reply } = await give('check prod-east', { enqueued: { kind: 'failed' } });
    expect(reply).toEqual(failure({ kind: 'queue-down' }));
  });

  it.each([
    ['all', ['all'], false],
    ['prod-*', ['prod-*'], false],
    ['prod-east staging prod-west', ['prod-east', 'staging', 'prod-west'], false],
    ['prod-east prod-west', ['prod-east', 'prod-west'], false],
    ['prod-east stag*', ['prod-east', 'stag*'], false],
    ['all --short', ['all'], true],
    ['\u2014short prod-*', undefined, true],
    ['prod-* \u2014short', ['prod-*'], true],
  ])('reads "check %s" as a check of several clusters', async (typed, words, short) => {
    const { queued } = await give(`check ${typed}`);
    expect(queued.map(({ job }) => job)).toEqual(words === undefined ? [] : ['check-fleet']);
    if (words !== undefined) expect(queued[0]?.payload).toMatchObject({ words, short });
  });

  it('says whose check it joined', async () => {
    const { reply } = await give('check prod-east', { enqueued: { kind: 'joined', id: 'other' } });
    expect(reply).toEqual(failure({ kind: 'joined', cluster: 'prod-east' }));
  });

  it.each([
    ['chekc prod-east', { kind: 'unknown-command', command: 'chekc', nearest: 'check' }],
    ['🎉', { kind: 'unknown-command', command: '🎉', nearest: undefined }],
    [
      '\u05d1\u05d3\u05d9\u05e7\u05d4',
      { kind: 'unknown-command', command: '\u05d1\u05d3\u05d9\u05e7\u05d4', nearest: undefined },
    ],
    ['check prod-eats', { kind: 'unknown-cluster', cluster: 'prod-eats', nearest: 'prod-east' }],
    ['check constructor', { kind: 'unknown-cluster', cluster: 'constructor', nearest: undefined }],
    [
      'history prod-east now',
      { kind: 'usage', problem: '"history" does not take "now"', usage: '/peering history CLUSTER' },
    ],
    ['help me', { kind: 'usage', problem: '"help" does not take "me"', usage: '/peering help' }],
  ] as const)('answers %j with what is right', async (text, given) => {
    const { reply, after, queued } = await give(text);
    const told = reply ?? (await after?.());
    const known = ['prod-east', 'prod-west', 'staging'];
    expect(told).toEqual(failure(given.kind === 'unknown-cluster' ? { ...given, known } : given));
    expect(queued).toEqual([]);
  });

  it('offers the form of a command without its words where no modal can be opened, to people with the right', async () => {
    const problem = '"check" needs a cluster';
    const button = formButton('check').render('Open form', { thread: null, text: 'check' });
    const { reply } = await give('check');
    expect(reply).toEqual(failure({ kind: 'usage', problem, usage: `/peering ${checkUsage}` }, button));
    const buttonsOf = async (text: string) =>
      (await give(text)).reply?.blocks.filter(({ type }) => type === 'actions');
    expect(await buttonsOf('mute')).toEqual([]);
    expect(await buttonsOf('history')).toEqual([]);
    expect(await buttonsOf('check prod-east west')).toBeUndefined();
  });

  it.each(['West', 'we_st', 'a'.repeat(64), '../x'])('takes %j for no peering name', async (peer) => {
    const { reply, queued } = await give(`check prod-east ${peer}`);
    expect(reply?.text).toContain('/peering check CLUSTER');
    expect(queued).toEqual([]);
  });

  it('suggests no cluster that the person may not check', async () => {
    const access = {
      restrict: true,
      grants: [{ allow: ['check'], users: ['UMEMBER'], clusters: ['staging'] }],
    };
    const { after } = await give('check prod-eats', { config: configOf(access) });
    const text = (await after?.())?.text;
    expect(text).toContain('staging');
    expect(text).not.toContain('prod-east');
    const { reply: denied, queued } = await give('check prod-east', { config: configOf(access) });
    expect(denied).toEqual(failure({ kind: 'not-allowed', command: 'check', cluster: 'prod-east' }));
    expect(queued).toEqual([]);
  });

  it('answers help and clusters at once where the person is known', async () => {
    const { tools } = fakeTools();
    await tools.authorizer.authorize(member, { command: 'help', clusters: [] });
    for (const text of ['help', '', 'clusters']) {
      const handled = await handleCommand(text, requestBy(member), commands, tools, noLimit);
      expect(handled.after).toBeUndefined();
      expect(handled.reply?.blocks.length).toBeGreaterThan(0);
    }
  });

  it('asks Slack after the acknowledgement where the person is not known', async () => {
    const { reply, after } = await give('help');
    expect(reply).toBeUndefined();
    expect((await after?.())?.text).toContain('peering-bot');
  });

  it('lists the commands of the registry that the person may use', async () => {
    const { after, tools } = await give('help');
    const shown = JSON.stringify(await after?.());
    for (const { name, usage } of commands) {
      const denied = tools.authorizer.decide(member, { command: name, clusters: [] }).kind === 'denied';
      expect([name, shown.includes(`/peering ${usage}`)]).toEqual([name, !denied]);
    }
    expect(shown).toContain('/peering check');
  });

  it('lists the clusters that the person may check, also without Redis', async () => {
    const access = { restrict: true, grants: [{ allow: ['*'], users: ['UMEMBER'], clusters: ['prod-*'] }] };
    const { tools } = fakeTools({ config: configOf(access) });
    const away = { ...tools, reports: { ...tools.reports, latest: () => Promise.reject(new Error('away')) } };
    const { after } = await handleCommand('clusters', requestBy(member), commands, away, noLimit);
    const shown = JSON.stringify(await after?.());
    expect(shown).toContain('prod-east');
    expect(shown).not.toContain('staging');
  });

  it('does nothing for who gave too many commands', async () => {
    const { tools, queued } = fakeTools();
    const tooMany = { kind: 'too-many', perMinute: 10, retryMs: 1000 } as const;
    const handled = await handleCommand(
      'check prod-east',
      requestBy(member),
      commands,
      tools,
      async () => tooMany,
    );
    expect(handled.reply).toEqual(failure(tooMany));
    expect(queued).toEqual([]);
  });

  it('takes any text without failing, and answers or queues', async () => {
    const words = fc.array(fc.oneof(fc.constantFrom('check', 'help', 'prod-east', 'west'), fc.string()), {
      maxLength: 50,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          words.map((all) => all.join(' ')),
        ),
        async (text) => {
          const { reply, after, queued } = await give(text);
          expect([reply, after, queued[0]].filter(Boolean)).toHaveLength(1);
        },
      ),
      { numRuns: 300 },
    );
  });
});
