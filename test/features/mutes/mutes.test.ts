import type { AccessConfig, Config } from '../../../src/config/config';
import { muteButtons } from '../../../src/features/mutes/mute-buttons';
import { muteFormId } from '../../../src/features/mutes/mutes.message';
import type { ModalView } from '@slack/types';
import { elementsIn } from '../../../sandbox/workspace/input';
import { formButton } from '../../../src/slack/form-buttons';
import { handleAction } from '../../../src/slack/handle-action';
import { handleCommand } from '../../../src/slack/handle-command';
import { handleSubmission } from '../../../src/slack/handle-submission';
import type { SubmittedModal } from '../../../src/slack/define';
import { actions, commands, submissions } from '../../../src/app/listeners';
import type { Mute } from '../../../src/report/mutes';
import type { AuditEvent } from '../../../src/access/audit-event';
import { actorOf, requestBy, configOf, fakeTools, noLimit, ownedBy } from '../../slack/support';

const granted: AccessConfig = {
  restrict: false,
  grants: [{ allow: ['mute', 'unmute', 'mutes'], users: ['UMEMBER'], clusters: ['prod-*'] }],
};
const member = actorOf('UMEMBER');

const open = (owners?: Config['owners']) => {
  const config = { ...configOf(granted), ...(owners && { owners }) };
  const { tools } = fakeTools({ config });
  const recorded: AuditEvent[] = [];
  const all = { ...tools, record: async (event: AuditEvent) => void recorded.push(event) };
  const ask = async (text: string) => {
    const { reply, after } = await handleCommand(text, requestBy(member), commands, all, noLimit);
    return reply ?? (await after?.());
  };
  const give = async (text: string) => (await ask(text))?.text ?? '';
  /** The text of the list, and the values of its buttons for mutes of several clusters. */
  const list = async (text = 'mutes') => {
    const { blocks = [] } = (await ask(text)) ?? {};
    const buttons = elementsIn(blocks).filter(
      ({ element }) => element['action_id'] === muteButtons.endGroup.id,
    );
    return { text: JSON.stringify(blocks), values: buttons.map(({ element }) => String(element['value'])) };
  };
  const move = (next: Config['owners']) => Object.assign(config, { owners: next });
  const active = async (cluster = 'prod-east') =>
    (await all.mutes.of(cluster, Date.now())).map(({ check, subject, by }) => [check, subject, by]);
  const click = async (id: string, value: string | undefined) => {
    const shown: ModalView[] = [];
    const modals = {
      open: async () => 'V1',
      fill: async (_: string, view: ModalView) => void shown.push(view),
    };
    const told = await handleAction(
      { actionId: id, value },
      requestBy(member),
      actions,
      all,
      modals,
      noLimit,
    );
    return { told, view: shown[0] };
  };
  const submit = async (view: SubmittedModal) => {
    const { reply, after, errors } = await handleSubmission(
      view,
      requestBy(member),
      submissions,
      all,
      noLimit,
    );
    return { errors, text: (reply ?? (await after?.()))?.text };
  };
  /** The values of the buttons of an answer that open the form of mute. */
  const formsIn = async (text: string) =>
    elementsIn((await ask(text))?.blocks ?? [])
      .filter(({ element }) => element['action_id'] === formButton('mute').id)
      .map(({ element }) => String(element['value']));
  return { give, list, formsIn, move, active, click, submit, recorded, mutes: all.mutes };
};

describe('muting by glob', () => {
  it('mutes every cluster that matches and that the person may mute, lists that once, and ends it', async () => {
    const { give, active, click, recorded } = open();
    await give('mute all mesh-* for 7d goes on Friday');
    expect(await Promise.all(['prod-east', 'prod-west', 'staging'].map(active))).toEqual([
      [['mesh-*', null, 'UMEMBER']],
      [['mesh-*', null, 'UMEMBER']],
      [],
    ]);
    expect(recorded.map(({ action, cluster }) => [action, cluster])).toEqual([
      ['mute', 'prod-east'],
      ['mute', 'prod-west'],
    ]);
    expect(await give('mutes')).toContain('1 mute');
    expect(await give('mutes prod-e*')).toContain('1 mute');
    const value = muteButtons.end.encode({ cluster: 'all', check: 'mesh-*', subject: null });
    await click(muteButtons.end.id, value);
    expect([await active('prod-east'), await active('prod-west')]).toEqual([[], []]);
  });

  it('counts in the list only clusters that are still muted', async () => {
    const { give, active } = open();
    await give('mute prod-* mesh-* for 7d goes on Friday');
    await give('unmute prod-west mesh-*');
    expect([await active('prod-east'), await active('prod-west')]).toEqual([
      [['mesh-*', null, 'UMEMBER']],
      [],
    ]);
    await give('mute prod-west mesh-* for 7d another reason');
    expect(await give('mutes')).toContain('2 mutes');
  });

  it('mutes nothing where the glob matches no cluster that the person may mute', async () => {
    const { give, active, recorded } = open();
    expect(await give('mute stag* mesh-* for 7d goes on Friday')).not.toContain('Muted');
    expect([await active('staging'), recorded]).toEqual([[], []]);
  });
});

describe('muting by owner and label', () => {
  const owners = ownedBy({
    'prod-east': { name: 'payments', labels: { team: 'payments' } },
    staging: { name: 'secret', labels: { team: 'payments' } },
  });

  it('mutes the clusters of the owner that the person may mute, lists that once, and ends it', async () => {
    const { give, active, recorded } = open(owners);
    await give('mute label:team=payments mesh-* for 7d goes on Friday');
    expect([await active('prod-east'), await active('staging')]).toEqual([[['mesh-*', null, 'UMEMBER']], []]);
    expect(await give('mutes owner:payments')).toContain('1 mute');
    await give('unmute owner:payments mesh-*');
    expect(await active('prod-east')).toEqual([]);
    expect(recorded.map(({ action, cluster }) => [action, cluster])).toEqual([
      ['mute', 'prod-east'],
      ['unmute', 'prod-east'],
    ]);
  });

  it.each(['mute WORD mesh-* for 7d x', 'unmute WORD mesh-*', 'mutes WORD'])(
    'answers to %j about an owner of hidden clusters as about none, and suggests what was meant',
    async (text) => {
      const { give } = open(owners);
      const say = (word: string) => give(text.replace('WORD', word));
      expect((await say('owner:secret')).replace('secret', 'nobody')).toBe(await say('owner:nobody'));
      expect(await say('owner:paymens')).toContain('owner:payments');
      expect(await say('onwer:payments')).toContain('owner:payments');
    },
  );
});

describe('the button that ends a mute of several clusters', () => {
  const payments = { name: 'payments', labels: { team: 'payments' } };
  const mesh = ['mesh-*', null, 'UMEMBER'];
  const { endGroup } = muteButtons;

  it('ends it where it is stored, wherever its label is now', async () => {
    const { give, list, move, active, click, recorded } = open(ownedBy({ 'prod-east': payments }));
    await give('mute label:team=payments mesh-* for 7d goes on Friday');
    await give('mute prod-west mesh-* for 7d another reason');
    const { values } = await list();
    expect(values).toHaveLength(1);
    move(ownedBy({ 'prod-west': payments }));
    await click(endGroup.id, values[0]);
    expect([await active('prod-east'), await active('prod-west')]).toEqual([[], [mesh]]);
    expect(recorded.map(({ action, cluster }) => [action, cluster])).toEqual([
      ['mute', 'prod-east'],
      ['mute', 'prod-west'],
      ['unmute', 'prod-east'],
    ]);
    move(undefined);
    await click(endGroup.id, values[0]);
    expect(await active('prod-west')).toEqual([mesh]);
  });

  it('ends none that was made at another time, for another subject, or of another check', async () => {
    const { give, list, active, click } = open();
    await give('mute prod-* mesh-* for 7d goes on Friday');
    const { values } = await list();
    const value = endGroup.decode(values[0])!;
    for (const other of [
      { ...value, createdMs: `${Number(value.createdMs) - 1}` },
      { ...value, pattern: 'prod-e*' },
      { ...value, check: 'mesh-gateway-mode' },
      { ...value, subject: 'web' },
    ])
      await click(endGroup.id, endGroup.encode(other));
    await click(endGroup.id, values[0]?.replace(value.createdMs, `${value.createdMs}e0`));
    expect([await active('prod-east'), await active('prod-west')]).toEqual([[mesh], [mesh]]);
  });

  it('neither ends nor reveals the mutes of clusters that the person may not unmute', async () => {
    const { give, list, active, click, mutes, recorded } = open();
    await give('mute all mesh-* for 7d goes on Friday');
    const { values } = await list();
    const [made] = await mutes.of('prod-east', Date.now());
    await mutes.add('staging', made!);
    await mutes.add('staging', { ...made!, check: 'peering-active', pattern: 'stag*' });
    expect(await list()).toEqual(await (await reopened(made!)).list());
    const { told } = await click(endGroup.id, values[0]);
    expect(JSON.stringify(told)).not.toContain('staging');
    const answer = async (over: object) => {
      const value = endGroup.encode({ ...endGroup.decode(values[0])!, check: 'peering-active', ...over });
      return JSON.stringify((await click(endGroup.id, value)).told);
    };
    expect(await answer({ pattern: 'stag*' })).toBe(await answer({ pattern: 'stag*', createdMs: '1' }));
    expect([await active('prod-east'), await active('prod-west')]).toEqual([[], []]);
    expect((await active('staging')).map(([check]) => check)).toEqual(['mesh-*', 'peering-active']);
    expect(recorded.map(({ cluster }) => cluster)).not.toContain('staging');
  });

  /** Opens a list with a mute on the clusters that the person may unmute, and on no other. */
  const reopened = async (made: Mute) => {
    const opened = open();
    for (const cluster of ['prod-east', 'prod-west']) await opened.mutes.add(cluster, made);
    return opened;
  };

  it('stands beside all clusters that it ends the mute of, also in the list of one', async () => {
    const { give, list } = open();
    await give('mute prod-* mesh-* for 7d goes on Friday');
    const whole = await list();
    expect(['prod-east', 'prod-west', 'staging'].map((name) => whole.text.includes(name))).toEqual([
      true,
      true,
      false,
    ]);
    for (const words of ['mutes prod-e*', 'mutes prod-east']) {
      const { text, values } = await list(words);
      expect([text.includes('prod-west'), values]).toEqual([true, whole.values]);
    }
    await give('unmute prod-west mesh-*');
    expect((await list()).text).not.toContain('prod-west');
    expect((await list('mutes prod-west')).values).toEqual([]);
  });
});

describe('muting by command', () => {
  it('mutes, replaces, lists and ends, and notes each change down', async () => {
    const { give, active, recorded } = open();
    await give('mute prod-east mesh-* web for 7d goes on Friday');
    await give('mute prod-east mesh-* web for 14d later than that');
    expect(await active()).toEqual([['mesh-*', 'web', 'UMEMBER']]);
    expect(await give('mutes')).toContain('1 mute');
    expect(await give('mutes prod-west')).toContain('Nothing is muted');
    await give('unmute prod-east mesh-* web');
    expect(await active()).toEqual([]);
    expect(recorded.map(({ action, person, cluster }) => [action, person, cluster])).toEqual([
      ['mute', 'UMEMBER', 'prod-east'],
      ['mute', 'UMEMBER', 'prod-east'],
      ['unmute', 'UMEMBER', 'prod-east'],
    ]);
    expect(recorded[1]?.detail).toContain('later than that');
  });

  it('changes and notes nothing where it is wrong', async () => {
    const { give, active, recorded } = open();
    expect(await give('mute prod-east mesh-gateway-mod for 7d x')).toContain('mesh-gateway-mode');
    expect(await give('mute prod-east')).toContain('/peering mute');
    expect(await give('unmute prod-east mesh-gateway-mode')).toContain('is not muted');
    expect([await active(), recorded]).toEqual([[], []]);
  });

  it('offers the form with the cluster chosen where the end is missing or wrong, to people with the right', async () => {
    const { formsIn, click } = open();
    for (const words of ['mesh-*', 'mesh-gateway-mod for 7d x', 'mesh-* for 7d']) {
      const [value, ...more] = await formsIn(`mute prod-east ${words}`);
      expect(more).toEqual([]);
      const { view } = await click(formButton('mute').id, value);
      const [first] = elementsIn(view?.blocks ?? []);
      expect(first?.element['initial_option']).toMatchObject({ value: 'prod-east' });
    }
    expect(await formsIn('mute staging mesh-*')).toEqual([]);
    expect(await formsIn('mute prod-east mesh-* for 7d x')).toEqual([]);
  });

  it('lists only what the person may see', async () => {
    const { give, active, mutes } = open();
    expect(await give('mute staging mesh-* for 7d x')).toContain('You are not allowed');
    expect(await active('staging')).toEqual([]);
    await give('mute prod-west mesh-* for 7d x');
    await mutes.add('staging', {
      check: 'mesh-*',
      subject: null,
      by: 'UOTHER',
      reason: 'x',
      createdMs: 0,
      untilMs: Date.now() + 60_000,
    });
    expect(await give('mutes')).toContain('1 mute');
  });
});

describe('muting by button', () => {
  const subject = 'web → "api" <!channel>';
  const value = muteButtons.ask.encode({ cluster: 'prod-east', check: 'mesh-gateway-mode', subject });
  const filled = (view: ModalView | undefined, scope: string, reason: string): SubmittedModal => ({
    callback_id: muteFormId,
    private_metadata: view?.private_metadata ?? '',
    state: {
      values: {
        scope: { value: { selected_option: { value: scope } } },
        end: { value: { selected_option: { value: '7d' } } },
        reason: { value: { value: reason } },
      },
    },
  });

  it('asks for an end and a reason, then mutes that finding', async () => {
    const { click, submit, active, recorded } = open();
    const { view } = await click(muteButtons.ask.id, value);
    expect((await submit(filled(view, 'finding', ' known '))).text).toContain('known');
    expect(await active()).toEqual([['mesh-gateway-mode', subject, 'UMEMBER']]);
    expect(recorded).toHaveLength(1);
  });

  it('mutes all of the check where that is chosen', async () => {
    const { click, submit, active } = open();
    const { view } = await click(muteButtons.ask.id, value);
    await submit(filled(view, 'check', 'known'));
    expect(await active()).toEqual([['mesh-gateway-mode', null, 'UMEMBER']]);
  });

  it('keeps the modal open without a reason, and takes no length of its own making', async () => {
    const { click, submit, active } = open();
    const { view } = await click(muteButtons.ask.id, value);
    expect(Object.keys((await submit(filled(view, 'finding', '  '))).errors ?? {})).toEqual(['reason']);
    const forged = filled(view, 'finding', 'x');
    const ever = { ...forged.state.values, end: { value: { selected_option: { value: '9999d' } } } };
    await submit({ ...forged, state: { values: ever } });
    await submit({ ...forged, private_metadata: 'x' });
    expect(await active()).toEqual([]);
  });

  it('ends a mute that a list shows', async () => {
    const { give, click, active, recorded } = open();
    await give('mute prod-east mesh-* for 7d x');
    const end = muteButtons.ask.encode({ cluster: 'prod-east', check: 'mesh-*', subject: null });
    expect((await click(muteButtons.end.id, end)).told?.text).toContain('no longer muted');
    expect((await click(muteButtons.end.id, end)).told?.text).toContain('is not muted');
    expect(await active()).toEqual([]);
    expect(recorded.map(({ action }) => action)).toEqual(['mute', 'unmute']);
  });
});
