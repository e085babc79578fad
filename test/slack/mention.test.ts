import { decodeMention } from '../../src/slack/mention';

const event = {
  type: 'app_mention',
  user: 'U1',
  team: 'T1',
  channel: 'C1',
  text: '<@UBOT> check prod-east',
  ts: '1.1',
};

describe('a mention', () => {
  it.each([
    ['at the start', '<@UBOT> check prod-east', 'check prod-east'],
    ['in a sentence', 'hey <@UBOT>  check prod-east', 'check prod-east'],
    ['with a name', '<@UBOT|peering-bot> check prod-east', 'check prod-east'],
    ['of others too', '<@U2> <@UBOT> check prod-east', 'check prod-east'],
    ['over lines', '<@UBOT>\ncheck\nprod-east', 'check\nprod-east'],
    ['without words', '<@UBOT>', ''],
  ])('%s is a command', (_, text, command) => {
    expect(decodeMention({ ...event, text }, 'UBOT')).toEqual({
      user: 'U1',
      team: 'T1',
      channel: 'C1',
      thread: undefined,
      command,
    });
  });

  it('knows its thread, and the workspace of its author in a shared channel', () => {
    const found = decodeMention({ ...event, thread_ts: '0.9', user_team: 'TOTHER' }, 'UBOT');
    expect([found?.thread, found?.team]).toEqual(['0.9', 'TOTHER']);
  });

  it('with files is answered in its thread, which it opens if it is in none', () => {
    const files = [
      { id: 'F1', name: 'exports.hcl', url_private: 'https://elsewhere.example/F1' },
      { id: 'F2', file_access: 'check_file_info' },
      { id: '../F3', name: 'x.hcl' },
    ];
    const found = decodeMention({ ...event, files }, 'UBOT');
    expect([found?.thread, found?.files]).toEqual(['1.1', [{ id: 'F1', name: 'exports.hcl' }]]);
    expect(decodeMention({ ...event, files, thread_ts: '0.9' }, 'UBOT')?.thread).toBe('0.9');
  });

  it.each([
    ['by a bot', { bot_id: 'B1' }],
    ['by a reminder', { user: 'USLACKBOT' }],
    ['by itself', { user: 'UBOT' }],
    ['that was edited', { edited: { user: 'U1', ts: '2' } }],
    ['of someone else', { text: '<@U2> check prod-east' }],
    ['without an author', { user: undefined }],
  ])('%s asks for nothing', (_, change) => {
    expect(decodeMention({ ...event, ...change }, 'UBOT')).toBeUndefined();
  });
});
